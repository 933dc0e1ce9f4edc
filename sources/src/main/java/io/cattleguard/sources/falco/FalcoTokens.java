package io.cattleguard.sources.falco;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import io.cattleguard.sources.parsing.EventId;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads the alert that Falco usually writes from its tokens, because a tree of the whole event
 * costs more than all other reading.
 *
 * <p>It gives up on anything unusual: nested fields, numbers with a fraction, a key twice, the keys
 * of other sources. Such an event is read from a tree.
 */
final class FalcoTokens {
  /** The most keys at the top level that Falco does not write, such as falcosidekick's uuid. */
  private static final int MOST_OTHERS = 4;

  /** The most digits of a number that is not read; Jackson refuses very long ones. */
  private static final int MOST_DIGITS = 20;

  private final JsonParser tokens;
  private final byte[] text;
  private final FalcoTopLevel top;
  private final FalcoFields fields;
  private int others;

  /** The fewest bytes that the tokens so far can take. */
  private int length;

  FalcoTokens(JsonParser tokens, byte[] text, FalcoTopLevel top, FalcoFields fields) {
    this.tokens = tokens;
    this.text = text;
    this.top = top;
    this.fields = fields;
  }

  /** Collects the event's fields; false if it is unusual or not Falco's. */
  boolean areOrdinary() throws IOException {
    if (tokens.nextToken() != JsonToken.START_OBJECT) {
      return false;
    }
    KeysOnce keys = new KeysOnce();
    for (String key = nextKey(); key != null; key = nextKey()) {
      if (!keys.add(key) || !takes(key, tokens.nextToken())) {
        return false;
      }
    }
    return tokens.currentToken() == JsonToken.END_OBJECT
        && tokens.nextToken() == null
        && top.isFalco();
  }

  /**
   * Whether the text has no white space between tokens, because it is no longer than its tokens are
   * at least. False if a string has an escape or a character of several bytes, which makes the text
   * longer too.
   */
  boolean isCompact() {
    return text.length == length;
  }

  private @Nullable String nextKey() throws IOException {
    String key = tokens.nextFieldName();
    // Its quotes and colon, and the comma or brace before it; without a key, the closing brace.
    length += key == null ? 1 : key.length() + 4;
    return key;
  }

  private String text() throws IOException {
    String text = tokens.getText();
    length += text.length() + 2;
    return text;
  }

  private boolean takes(String key, JsonToken token) throws IOException {
    return switch (key) {
      case "output_fields" -> token == JsonToken.START_OBJECT && takesFields(key);
      case "tags" -> token == JsonToken.START_ARRAY && takesTags(key);
      case "output" ->
          token == JsonToken.VALUE_STRING && isPassed() && top.take(key, NullNode.instance);
      case "rule", "priority", "source", "hostname", "time" -> {
        JsonNode value = scalar(token);
        yield value != null && top.take(key, value);
      }
      default -> ++others <= MOST_OTHERS && isPlain(key) && isSkipped(token);
    };
  }

  private boolean takesFields(String key) throws IOException {
    KeysOnce keys = new KeysOnce();
    for (String field = nextKey(); field != null; field = nextKey()) {
      JsonNode value = scalar(tokens.nextToken());
      if (value == null || !keys.add(field)) {
        return false;
      }
      fields.readOne(field, value);
    }
    // The fields are read; a null says that there were some.
    return tokens.currentToken() == JsonToken.END_OBJECT && top.take(key, NullNode.instance);
  }

  private boolean takesTags(String key) throws IOException {
    ArrayNode tags = JsonNodeFactory.instance.arrayNode();
    while (tokens.nextToken() == JsonToken.VALUE_STRING) {
      tags.add(text());
      length++; // the comma or bracket before it
    }
    length++;
    return tokens.currentToken() == JsonToken.END_ARRAY && top.take(key, tags);
  }

  /** The value as a tree would contain it; null if it is not a usual one. */
  private @Nullable JsonNode scalar(JsonToken token) throws IOException {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    return switch (token) {
      case VALUE_STRING -> nodes.textNode(text());
      case VALUE_NUMBER_INT -> {
        length += tokens.getTextLength();
        yield switch (tokens.getNumberType()) {
          case INT -> nodes.numberNode(tokens.getIntValue());
          case LONG -> nodes.numberNode(tokens.getLongValue());
          case BIG_INTEGER -> nodes.numberNode(tokens.getBigIntegerValue());
          case FLOAT, DOUBLE, BIG_DECIMAL -> null;
        };
      }
      case VALUE_TRUE, VALUE_FALSE, VALUE_NULL -> {
        length += tokens.getTextLength();
        yield token == JsonToken.VALUE_NULL
            ? nodes.nullNode()
            : nodes.booleanNode(token == JsonToken.VALUE_TRUE);
      }
      default -> null;
    };
  }

  /**
   * Skips a long string without building its text or counting its characters, which is faster. Its
   * length in bytes is exact too.
   */
  private boolean isPassed() {
    int start = (int) tokens.currentTokenLocation().getByteOffset();
    length += EventId.endOfString(text, start + 1) - start;
    return true;
  }

  /** Whether the value, which is not read, is one of the usual ones. */
  private boolean isSkipped(JsonToken token) throws IOException {
    int characters = tokens.getTextLength();
    length += token == JsonToken.VALUE_STRING ? characters + 2 : characters;
    return switch (token) {
      case VALUE_STRING, VALUE_TRUE, VALUE_FALSE, VALUE_NULL -> true;
      case VALUE_NUMBER_INT -> characters <= MOST_DIGITS;
      default -> false;
    };
  }

  /** Whether no letter of a key has another case; some writers capitalise Falco's own keys. */
  private static boolean isPlain(String key) {
    for (int i = 0; i < key.length(); i++) {
      char c = key.charAt(i);
      if ((c >= 'A' && c <= 'Z') || c > 0x7e) {
        return false;
      }
    }
    return true;
  }
}
