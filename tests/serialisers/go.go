// encoding/json of Go, and what %v makes of a parsed text.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

type output struct {
	Program  string `json:"program"`
	Options  string `json:"options"`
	Document string `json:"document"`
	Text     string `json:"text"`
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func encoded(value any, escape bool, indent string) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(escape)
	encoder.SetIndent("", indent)
	must(encoder.Encode(value))
	return out.String()
}

func main() {
	file, err := os.ReadFile("documents.json")
	must(err)
	var documents map[string]string
	must(json.Unmarshal(file, &documents))
	outputs := []output{}
	for document, text := range documents {
		add := func(options, made string) {
			outputs = append(outputs, output{"go", options, document, made})
		}
		var value any
		must(json.Unmarshal([]byte(text), &value))
		marshalled, err := json.Marshal(value)
		must(err)
		add("", string(marshalled))
		raw, err := json.Marshal(json.RawMessage(text))
		must(err)
		add("raw message", string(raw))
		indented, err := json.MarshalIndent(value, "", "  ")
		must(err)
		add("indent 2", string(indented))
		add("encoder", encoded(value, true, ""))
		add("encoder, html as it is", encoded(value, false, ""))
		add("encoder, indent tab", encoded(value, true, "\t"))
		decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
		decoder.UseNumber()
		var exact any
		must(decoder.Decode(&exact))
		numbers, err := json.Marshal(exact)
		must(err)
		add("numbers as they are", string(numbers))
		add("dump", fmt.Sprint(value))
	}
	must(json.NewEncoder(os.Stdout).Encode(outputs))
}
