#!/bin/sh
# Has each program read the texts of documents.json and write them again. Checks that this still makes the committed outputs.json. With
# `--write`, it writes the file. Versions of Ruby, Go and PHP escape control characters differently; Debian 12 has those of the file.
set -eu
cd "$(dirname "$0")"
made=$(mktemp -d)
trap 'rm -r "$made"' EXIT
jars=/usr/share/java
jackson=$jars/jackson-databind.jar:$jars/jackson-core.jar:$jars/jackson-annotations.jar
node node.mjs >"$made/node"
python3 python.py >"$made/python"
python3 rules.py >"$made/rules"
php php.php >"$made/php"
ruby ruby.rb >"$made/ruby"
GO111MODULE=off go run go.go >"$made/go"
java -cp "$jackson" Jackson.java >"$made/jackson"
java -cp "$jars/gson.jar" GsonMain.java >"$made/gson"
python3 collect.py "$made"/* >"$made/outputs"
if [ "${1-}" = --write ]; then
    cp "$made/outputs" outputs.json
else
    cmp "$made/outputs" outputs.json
fi
