package io.cattleguard.sources;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonParser;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.Corpora;
import io.cattleguard.events.TakesLong;
import io.cattleguard.sources.falco.FalcoParser;
import io.cattleguard.sources.parsing.EventId;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import io.cattleguard.sources.recording.RecordedEvents;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading an event from tokens gives the same result as reading it from a tree. */
class TokensAndTreesTest {
  private static final Origin ORIGIN = new Origin("blue", Instant.parse("2026-03-02T09:15:00Z"));
  private static final int MUTANTS = Boolean.getBoolean(TakesLong.PROPERTY) ? 60_000 : 10_000;

  private final AlertReader tokens = new AlertReader();
  private final AlertReader trees = new AlertReader().ofTrees();
  private final FalcoParser falco = new FalcoParser();

  private static List<String> samples() {
    return ContractFiles.names("samples").stream()
        .filter(name -> !name.startsWith("v1/") && name.endsWith(".jsonl"))
        .flatMap(name -> ContractFiles.text("samples", name).lines())
        .toList();
  }

  private void assertSame(String text) {
    assertEquals(trees.readAll(text, ORIGIN), tokens.readAll(text, ORIGIN), text);
  }

  private boolean isReadFromTokens(String text) {
    try (JsonParser parser = AlertReader.boundedJson().createParser(text)) {
      return falco.readTokens(parser, text.getBytes(UTF_8), text, ORIGIN).isPresent();
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void everySampleIsReadAlike() {
    samples().forEach(this::assertSame);
  }

  @Test
  void mostOfFalcosAlertsNeedNoTree() {
    List<String> alerts =
        samples().stream()
            .filter(
                text ->
                    trees.read(text, ORIGIN) instanceof Reading.Read read
                        && read.alert().source().equals("falco"))
            .toList();
    long fast = alerts.stream().filter(this::isReadFromTokens).count();
    assertTrue(fast > alerts.size() * 0.7, fast + " of " + alerts.size());
  }

  @Test
  void everyRecordedEventIsReadAlike() {
    int events = 0;
    for (Path file : Corpora.files("falco", "nasty", "field", "tetragon", "other_runtime")) {
      for (RecordedEvents lines = RecordedEvents.of(Corpora.read(file)); lines.hasNext(); ) {
        assertSame(lines.next().text());
        events++;
      }
    }
    assertTrue(events > 150, "only " + events);
  }

  /** The tree's result is the reference; the result from tokens must be the same. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"rule\":\"a\",\"rule\":\"b\",\"priority\":\"Error\"}",
        "{\"rule\":\"a\",\"Rule\":\"b\",\"priority\":\"Error\"}",
        "{\"rule\":\"a\",\"RULE\":\"b\",\"output\":{\"a\":1},\"priority\":2}",
        "{\"rule\":\"a\",\"priority\":\"Error\"} {}",
        "{\"rule\":\"a\",\"priority\":\"Error\"",
        "{\"rule\":\"a\",\"priority\":\"Error\",}",
        "{\"rule\":\"a\",\"priority\":\"Error\",\"output\":\"\t\"}",
        "{\"rule\":\"a\",\"priority\":\"Error\",\"output\":\"\\q\"}",
        "{\"rule\":\"a\",\"priority\":2.0,\"output\":\"\"}",
        "{\"rule\":null,\"priority\":null,\"output_fields\":null}",
        "{\"rule\":7,\"priority\":7,\"output_fields\":{}}",
        "{\"rule\":\"\",\"priority\":\"<NA>\",\"output_fields\":[]}",
        "{\"rule\":\"a\",\"priority\":\"Error\",\"tags\":\"T1059, TA0002\"}",
        "{\"rule\":\"a\",\"priority\":\"Error\",\"tags\":[\"T1059\",null,3]}",
        "{\"rule\":\"a\",\"priority\":\"Error\",\"tags\":[\"T1059\",[\"T1060\"]]}",
        "{\"rule\":\"a\",\"priority\":\"Error\",\"tags\":[]}",
        "{\"rule\":\"a\",\"priority\":\"Error\",\"time\":{\"seconds\":1,\"nanos\":2}}",
        "{\"rule\":\"a\",\"priority\":\"Error\",\"time\":1}",
        "{\"rule\":\"a\",\"priority\":\"Error\",\"n\":1e99999}",
        "{\"rule\":\"a\",\"priority\":\"Error\",\"n\":[1,{\"rule\":\"b\"}]}",
        "{\"output_fields\":{\"fd.name\":\"/a\",\"fd.name\":\"/b\"}}",
        "{\"output_fields\":{\"proc.name\":\"a\",\"fd.name\":\"/a\",\"proc.name\":\"b\"}}",
        "{\"output_fields\":{\"proc\":{\"name\":\"sh\"},\"proc.name\":\"bash\"}}",
        "{\"output_fields\":{\"proc.tty\":18446744073653314058,\"fd.rport\":4294967296}}",
        "{\"output_fields\":{\"proc.tty\":\"1\",\"fd.rport\":\"99999\",\"proc.name\":true}}",
        "{\"output_fields\":{\"container.image\":{\"repository\":\"web\"}}}",
        "{\"output_fields\":{\"ka.req.pod.containers.image\":[\"nginx\"],\"ka.other\":null}}",
        "{\"output_fields\":{\"ka.other\":\"x\"},\"hostname\":\"n\",\"rule\":\"r\"}",
        "{\"output_fields\":{\"evt.time\":1772442900000000000,\"evt.time.iso8601\":2}}",
        "{\"output_fields\":{},\"output_fields\":{\"proc.name\":\"sh\"}}",
        "{\"source\":\"internal\",\"rule\":\"Falco internal: metrics"
            + " snapshot\",\"output_fields\":{}}",
        "{\"source\":\"internal\",\"rule\":\"Falco internal: x\",\"output_fields\":{\"a\":1.5}}",
        "{\"rule\":\"a\"}",
        "{\"rule\":\"a\",\"time\":null}",
        "{}",
        "[]",
        "7",
        "",
      })
  void theUnusualIsReadAlike(String text) {
    assertSame(text);
  }

  @Test
  void aNumberTooLongForJacksonIsRefusedAlike() {
    assertSame("{\"rule\":\"a\",\"priority\":\"Error\",\"n\":" + "9".repeat(1_001) + "}");
    assertSame("{\"output_fields\":{\"n\":" + "9".repeat(1_001) + "}}");
  }

  @Test
  void manyKeysInNoOrderAreReadAlike() {
    StringBuilder fields = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      fields.append("\"k").append(i * 37 % 100).append("\":").append(i).append(',');
    }
    for (String last : List.of("\"proc.name\":\"sh\"", "\"k7\":1", "\"k99\":{\"a\":1}")) {
      assertSame("{\"output_fields\":{" + fields + last + "},\"rule\":\"a\"}");
    }
  }

  /** Removes, duplicates and swaps parts of Falco's alerts. */
  @Test
  void everyMutantIsReadAlike() {
    List<String> seeds = samples().stream().filter(this::isReadFromTokens).toList();
    String[] pieces = {
      "null",
      "[]",
      "{}",
      "\"\"",
      "\"<NA>\"",
      "-1",
      "1e400",
      "18446744073653314058",
      "true",
      "0.5",
      "\"\\ud800\"",
      "\"a\\nb\"",
      "{\"name\":\"x\"}",
      "[\"T1059\"]",
      " \"x\" ",
      "1 ",
      "\n2"
    };
    String[] keys = {
      "\"rule\"", "\"Rule\"", "\"output_fields\"", "\"tags\"", "\"fd.name\"", "\"proc.name\"",
      "\"priority\"", "\"x\"", "\"time\"", "\"container.image\"", "\"ka.verb\"", "\"é\""
    };
    Random random = new Random(20_260_303);
    int fromTokens = 0;
    for (int round = 0; round < MUTANTS; round++) {
      StringBuilder text = new StringBuilder(seeds.get(random.nextInt(seeds.size())));
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        mutate(text, random, pieces, keys);
      }
      String mutant = text.toString();
      assertEquals(trees.read(mutant, ORIGIN), tokens.read(mutant, ORIGIN), mutant);
      fromTokens += isReadFromTokens(mutant) ? 1 : 0;
    }
    assertTrue(fromTokens > MUTANTS / 4, "most mutants go one way: " + fromTokens);
    assertTrue(fromTokens < MUTANTS / 4 * 3, "most mutants go one way: " + fromTokens);
  }

  private static void mutate(StringBuilder text, Random random, String[] pieces, String[] keys) {
    int at = random.nextInt(Math.max(1, text.length()));
    int value = text.indexOf(":", at) + 1;
    int key = text.indexOf(",\"", at) + 1;
    switch (random.nextInt(6)) {
      case 0 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(8)));
      case 1 -> text.insert(at, (char) random.nextInt(0x250));
      case 2 -> text.insert(value, random.nextBoolean() ? " " : "\t\n");
      case 3 -> {
        int end = text.indexOf("\"", key + 1) + 1;
        if (key > 0 && end > key) {
          text.replace(key, end, keys[random.nextInt(keys.length)]);
        }
      }
      default -> {
        int end = Math.max(text.indexOf(",\"", value), value);
        text.replace(value, end, pieces[random.nextInt(pieces.length)]);
      }
    }
  }

  /** The simple implementation, which compares each byte. */
  @Test
  void theIdLeavesOutWhiteSpaceBetweenTokensOnly() {
    Random random = new Random(7);
    char[] alphabet = {
      '"', '\\', ' ', '\n', '\t', '\r', 'a', 'b', '{', '}', ':', ',', 'é', '\u0222'
    };
    for (int round = 0; round < 20_000; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(60); i > 0; i--) {
        text.append(random.nextInt(3) == 0 ? alphabet[random.nextInt(alphabet.length)] : 'x');
      }
      String raw = text.toString();
      assertEquals(
          EventId.of("s", "c", withoutWhiteSpace(raw).getBytes(UTF_8), true),
          EventId.of("s", "c", raw),
          raw);
    }
    assertNotEquals(EventId.of("s", "c", "\"a b\""), EventId.of("s", "c", "\"ab\""));
  }

  private static String withoutWhiteSpace(String text) {
    StringBuilder kept = new StringBuilder();
    boolean inString = false;
    boolean escaped = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (inString || " \n\r\t".indexOf(c) < 0) {
        kept.append(c);
      }
      if (c == '"' && !escaped) {
        inString = !inString;
      }
      escaped = inString && c == '\\' && !escaped;
    }
    return kept.toString();
  }

  @Test
  void aCopyWithWhiteSpaceHasTheSameId() {
    String event = "{\"output\":\"a b\",\"output_fields\":{\"proc.name\":\"sh\"},\"rule\":\"a\"}";
    String spaced = event.replace("\":", "\" : ").replace(",", ",\n  ");
    assertEquals(id(event), id(spaced));
    assertTrue(isReadFromTokens(spaced));
    assertNotEquals(id(event), id(event.replace("a b", "ab")));
  }

  private String id(String event) {
    return ((Reading.Read) tokens.read(event, ORIGIN)).alert().id();
  }
}
