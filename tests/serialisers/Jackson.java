// Jackson's ObjectMapper with its most used options, and toString of a parsed text.
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.*;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.*;
import java.io.File;
import java.util.*;

class Jackson {
    static final ArrayNode OUTPUTS = JsonNodeFactory.instance.arrayNode();

    static void add(String options, String document, String text) {
        OUTPUTS.addObject().put("program", "jackson").put("options", options).put("document", document).put("text", text);
    }

    public static void main(String[] arguments) throws Exception {
        var plain = new ObjectMapper();
        var exact = JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();
        var ascii = JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
        var sorted = JsonMapper.builder().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).build();
        var full = JsonMapper.builder().serializationInclusion(JsonInclude.Include.NON_NULL).build();
        var documents = plain.readTree(new File("documents.json")).fields();
        while (documents.hasNext()) {
            var entry = documents.next();
            String document = entry.getKey(), text = entry.getValue().asText();
            JsonNode tree = plain.readTree(text);
            Object value = plain.readValue(text, Object.class);
            add("", document, plain.writeValueAsString(tree));
            add("map", document, plain.writeValueAsString(value));
            add("pretty", document, plain.writerWithDefaultPrettyPrinter().writeValueAsString(tree));
            add("ascii", document, ascii.writeValueAsString(tree));
            add("sorted", document, sorted.writeValueAsString(value));
            add("big decimals", document, exact.writeValueAsString(exact.readTree(text)));
            add("without nulls", document, full.writeValueAsString(withoutNulls(value)));
            add("dump", document, String.valueOf(value));
        }
        System.out.println(plain.writeValueAsString(OUTPUTS));
    }

    // NON_NULL applies to the fields of a class. For a map the same is done by hand.
    static Object withoutNulls(Object value) {
        if (value instanceof Map<?, ?> map) {
            var out = new LinkedHashMap<Object, Object>();
            map.forEach((key, inner) -> { if (inner != null) out.put(key, withoutNulls(inner)); });
            return out;
        }
        return value instanceof List<?> list ? list.stream().map(Jackson::withoutNulls).toList() : value;
    }
}
