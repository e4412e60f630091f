/*
 * check: what the configuration gives each service whose stack asks pam_sso: where nobody could come
 * in by it, or pam_sso is asked for nothing.
 */
#include <string.h>

#include "check.h"

static const struct check_kind kind_own = {"config-service", CHECK_OK, NULL, NULL};
static const struct check_kind kind_none = {"config-no-section", CHECK_OK, NULL, NULL};
static const struct check_kind kind_nobody = {"config-nobody", CHECK_ERROR,
	"Lists that admit have nothing in common between the services, and a service without a "
	"section of its own gets what they have in common: nobody comes in.",
	"Give it a section of its own, [service NAME], with whom it admits."};
static const struct check_kind kind_key = {"config-publickey", CHECK_ERROR,
	"Only sshd verifies public keys (require = publickey), so everybody is refused here.",
	"Give it a section of its own, [service NAME], with `require = none`."};
static const struct check_kind kind_ignored = {"config-ignored", CHECK_WARNING,
	"pam_sso stands in its stack, and has no say there: the other lines decide.",
	"Take the service out of ignore_services, or pam_sso out of its stack."};

static void check_one(struct check *check, const char *service)
{
	const char *conf = check->invocation->conf;
	CONFIG_AUTO(config);

	if (!check_config_of(check, service, &config))
		return;
	if (strlist_has(&config.access.ignore_services, service)) {
		check_find(&check->findings, &kind_ignored, "%s: %s is in ignore_services", conf,
			service);
		return;
	}
	if (config.access.allow_none)
		check_find(
			&check->findings, &kind_nobody, "%s: nobody comes in by %s", conf, service);
	if (config.access.require == REQUIRE_PUBLICKEY && strcmp(service, "sshd") != 0)
		check_find(&check->findings, &kind_key, "%s: %s gets require = publickey%s", conf,
			service, config.own_section ? "" : " from the section of another");
	if (config.own_section)
		check_find(&check->findings, &kind_own, "%s: [service %s] is there", conf, service);
	else
		check_find(&check->findings, &kind_none,
			"%s: there is no [service %s]: it gets what goes for all, and the "
			"strictest value of each other section",
			conf, service);
}

void check_service(struct check *check)
{
	for (size_t i = 0; i < check->services.n; i++)
		check_one(check, check->services.items[i]);
}
