/*
 * sso-store: one caller's way to sessions in Redis or Valkey.
 *
 * The program that speaks to the identity provider never holds the store's key; the one that holds
 * it, this, never speaks to the provider. In this order:
 * 1. The process gives up what it must never use (confine.h).
 * 2. It reads the first request, an `open`, which MUST come in time (serve.c).
 * 3. It MUST NOT be root. The sandbox closes (sandbox.h): of the network, the server's port and the
 *    name servers' remain, where the kernel can keep that.
 * 4. It connects and signs in, and answers requests until the caller closes the socket.
 *
 * The server needs to let its user run AUTH, SELECT, GET, SET, DEL, SCAN, WATCH, UNWATCH, MULTI and
 * EXEC on names that begin with `pam_sso:`, and nothing else.
 */
#include <unistd.h>

#include "confine.h"
#include "serve.h"
#include "wire.h"

int main(void)
{
	if (confine_process("sso-store") < 0)
		return WIRE_EXIT_BROKEN;
	int status = serve(WIRE_FD);
	/* A resolver thread may still wait for a name server: exit handlers would pull OpenSSL from
	 * under it. */
	_exit(status);
}
