// Gson with its most used options.
import com.google.gson.*;
import java.io.FileReader;
import java.util.Map;

class GsonMain {
    static final JsonArray OUTPUTS = new JsonArray();

    static void add(String options, String document, String text) {
        var output = new JsonObject();
        output.addProperty("program", "gson");
        output.addProperty("options", options);
        output.addProperty("document", document);
        output.addProperty("text", text);
        OUTPUTS.add(output);
    }

    public static void main(String[] arguments) throws Exception {
        var plain = new Gson();
        var nulls = new GsonBuilder().serializeNulls().create();
        var open = new GsonBuilder().serializeNulls().disableHtmlEscaping().create();
        var pretty = new GsonBuilder().setPrettyPrinting().create();
        for (Map.Entry<String, JsonElement> entry : JsonParser.parseReader(new FileReader("documents.json")).getAsJsonObject().entrySet()) {
            String document = entry.getKey(), text = entry.getValue().getAsString();
            JsonElement tree = JsonParser.parseString(text);
            add("", document, plain.toJson(tree));
            add("nulls", document, nulls.toJson(tree));
            add("nulls, html as it is", document, open.toJson(tree));
            add("pretty", document, pretty.toJson(tree));
            add("map", document, nulls.toJson(nulls.fromJson(text, Object.class)));
            add("to string", document, tree.toString());
        }
        System.out.println(new Gson().toJson(OUTPUTS));
    }
}
