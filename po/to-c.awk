# Makes the C table of all catalogues: awk -f po/to-c.awk po/*.po
#
# It stands for the rules that message_table.h states, and fails where a catalogue breaks one:
# 1. Every catalogue MUST have the same texts, each translated, none marked fuzzy.
# 2. A translation MUST take the arguments of its text: as many, of the same types; in another order
#    where it numbers them (%2$s). Only %s, %u, %lld and %% are known.
# 3. It MUST begin and end with the same white space, and have no escape but \n, \" and \\: nothing in
#    a catalogue can move a cursor.
# 4. It MUST NOT have a letter that HTML has a use for: the worker's page shows it as it is.
# 5. The plural rule MUST be C of numbers, n and operators alone.

function fail(what) {
	printf "%s:%d: %s\n", FILENAME, FNR, what >"/dev/stderr"
	failed = 1
	exit 1
}

# The arguments of a format in their order, as "s lld"; "?" where it cannot be told.
function arguments(text,    rest, one, place, type, count, types, most, all, i) {
	rest = text
	gsub(/%%/, "", rest)
	count = most = 0
	while (index(rest, "%")) {
		one = substr(rest, index(rest, "%"))
		if (!match(one, /^%([0-9]\$)?(s|u|lld)/))
			return "?"
		type = substr(one, 2, RLENGTH - 1)
		rest = substr(one, RLENGTH + 1)
		place = ++count
		if (type ~ /^[0-9]\$/) {
			place = substr(type, 1, 1) + 0
			type = substr(type, 3)
			numbered++
		}
		if (place in types)
			return "?"
		types[place] = type
		if (place > most)
			most = place
	}
	for (i = 1; i <= most; i++)
		all = all " " (i in types ? types[i] : "?")
	if (numbered && numbered != count)
		all = "?"
	numbered = 0
	return all
}

function white(text,    begin, end) {
	begin = end = text
	sub(/[^ ].*$/, "", begin)
	match(end, /( |\\n)*$/)
	return begin "|" substr(end, RSTART)
}

function check(text, said,    plain) {
	plain = said
	gsub(/\\[n"\\]/, "", plain)
	if (said == "")
		fail("not translated: " text)
	if (plain ~ /\\/ || plain ~ /[\001-\037\177]/)
		fail("an escape or a control character in: " said)
	if (said ~ /[<>&]/)
		fail("a letter of HTML in: " said)
	if (arguments(text) ~ /\?/ || arguments(text) != arguments(said))
		fail("not the arguments of \"" text "\": " said)
	if (white(text) != white(said))
		fail("not the white space of \"" text "\": " said)
}

function header(text,    rule, forms) {
	if (!match(text, /Plural-Forms: nplurals=[12]; plural=[n0-9 ()!=<>&|%?:+-]+;\\n/))
		fail("no Plural-Forms that is understood")
	rule = substr(text, RSTART, RLENGTH)
	forms = rule
	sub(/^.*nplurals=/, "", forms)
	sub(/^.* plural=/, "", rule)
	plural_forms[language] = substr(forms, 1, 1) + 0
	plural_rule[language] = substr(rule, 1, length(rule) - length(";\\n"))
}

# An entry is whole.
function finish(    i, forms) {
	if (!have)
		return
	have = 0
	if (id == "") {
		header(str[0])
		return
	}
	if (fuzzy)
		fail("fuzzy: " id)
	forms = many == "" ? 1 : plural_forms[language]
	if (highest + 1 != forms)
		fail("not as many forms as the language has: " id)
	for (i = 0; i < forms; i++) {
		check(many == "" ? id : many, str[i])
		table[id, language, i] = str[i]
	}
	if ((id, language) in seen)
		fail("twice: " id)
	seen[id, language] = 1
	if (!(id in plural_of))
		ids[texts++] = id
	else if (plural_of[id] != many)
		fail("another plural than in the other catalogues: " id)
	plural_of[id] = many
}

function quoted(line) {
	if (line !~ /^".*"$/)
		fail("not understood: " line)
	return substr(line, 2, length(line) - 2)
}

# Puts a text among the words, and says where.
function place(text, name) {
	name = sprintf("word_%d", n_words++)
	sizes = sizes "\n\tchar " name "[sizeof(\"" text "\")];"
	words = words "\n\t\"" text "\","
	return "offsetof(struct message_words, " name ")"
}

function make_row(t, l, row) {
	row = "\n\t{" place(ids[t]) ", {"
	for (l = 0; l < n_languages; l++) {
		if (!((ids[t], languages[l]) in seen))
			fail(languages[l] " has no translation of: " ids[t])
		row = row "\n\t\t[LANGUAGE_" languages[l] "] = {" place(table[ids[t], languages[l], 0])
		if ((ids[t], languages[l], 1) in table)
			row = row ", " place(table[ids[t], languages[l], 1])
		row = row "},"
	}
	rows = rows row "\n\t}},"
}

FNR == 1 {
	finish()
	fuzzy = 0
	language = FILENAME
	sub(/^.*\//, "", language)
	sub(/\.po$/, "", language)
	language = toupper(language)
	languages[n_languages++] = language
}
/^#,.*fuzzy/ { finish(); fuzzy = 1 }
/^#/ || /^[ \t]*$/ { finish(); if (/^[ \t]*$/) fuzzy = 0; next }
/^msgid "/ { finish(); have = 1; id = quoted(substr($0, 7)); many = ""; highest = 0; delete str; part = "id"; next }
/^msgid_plural "/ { many = quoted(substr($0, 14)); part = "many"; next }
/^msgstr "/ { str[0] = quoted(substr($0, 8)); form = 0; part = "str"; next }
/^msgstr\[[01]\] "/ { form = substr($0, 8, 1) + 0; str[form] = quoted(substr($0, 11)); highest = form; part = "str"; next }
/^"/ {
	if (part == "id") id = id quoted($0)
	else if (part == "many") many = many quoted($0)
	else str[form] = str[form] quoted($0)
	next
}
{ fail("not understood: " $0) }

END {
	if (failed)
		exit 1
	finish()
	if (failed)
		exit 1
	print "/* Made by po/to-c.awk of the catalogues in po/. */"
	print "#include \"message_table.h\"\n"
	for (l = 0; l < n_languages; l++)
		printf "static unsigned int plural_%s(unsigned long long n)\n{\n\t(void)n;\n\treturn %s;\n}\n\n", \
			languages[l], plural_rule[languages[l]]
	print "message_plural_rule *const message_plural_rules[LANGUAGE_COUNT] = {"
	for (l = 0; l < n_languages; l++)
		printf "\t[LANGUAGE_%s] = plural_%s,\n", languages[l], languages[l]
	print "};\n"
	for (t = 0; t < texts; t++)
		make_row(t)
	print "const struct message_words {\n\tchar none;" sizes "\n} message_words = {\n\t0," words "\n};\n"
	print "const struct message_row message_rows[] = {" rows "\n};\n"
	print "const size_t message_row_count = sizeof(message_rows) / sizeof(message_rows[0]);"
}
