package io.cattleguard.app.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.models.Entry;
import io.cattleguard.models.Entry.Kind;
import io.cattleguard.models.EntryText;
import io.cattleguard.models.Mode;
import io.cattleguard.models.Model;
import io.cattleguard.models.Sighting;
import io.cattleguard.models.Workload;
import io.cattleguard.reviewed.ModelFiles;
import io.cattleguard.reviewed.ModelText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A model file contains the whole model, and reading it adds nothing. */
final class ModelFilesTest {
  private static final Instant DAY = Instant.parse("2026-03-02T00:00:00Z");
  private static final Workload WEB = new Workload("prod", "shop", "Deployment", "web", "nginx");

  @TempDir private Path folder;

  private static Model model(String... entries) {
    NavigableMap<Entry, Sighting> all = new TreeMap<>();
    for (String entry : entries) {
      all.put(
          EntryText.parse(entry).orElseThrow(),
          new Sighting(
              3, DAY, DAY.plusSeconds(86_400), 2, 1, "s-1", true, List.of("sha256:a"), true));
    }
    return new Model(
        WEB,
        Mode.OBSERVING,
        "registry.example.com/nginx:1.27",
        DAY.plusSeconds(1),
        DAY.plusSeconds(99_999),
        DAY.plusSeconds(5),
        List.of("web-1", "web-0"),
        List.of("s-1"),
        all,
        Set.of(Kind.EXECUTABLE, Kind.PEER),
        Map.of(Kind.PEER, 7L),
        5);
  }

  private Model read(String text) throws IOException {
    Path models = folder.resolve("models");
    Files.createDirectories(models);
    Files.writeString(models.resolve("web.yaml"), text);
    return ModelFiles.read(models).values().iterator().next().model();
  }

  @Test
  void whatIsWrittenIsReadAndWrittenAgainTheSame() throws IOException {
    Model model =
        model(
            "program:/usr/sbin/nginx<-/bin/sh",
            "program:/usr/bin/python*<-<kernel>",
            "program:yes",
            "program:/a b: #{x}, [y]<-\"q\"\\'",
            "program:/\ufffd(\\u000a",
            "listener:tcp/8080",
            "listener:udp/ephemeral",
            "peer:network:203.0.113.0/24:443",
            "peer:network:2001:db8:1::/48:443",
            "peer:network:private:any",
            "peer:dns:db.example.com",
            "peer:service:shop/db:5432",
            "file:/etc/cron.d/x",
            "call:x64/openat",
            "call:mount");
    String text = ModelText.of(model);
    assertEquals(model, read(text));
    assertEquals(text, ModelText.of(read(text)));
  }

  @Test
  void theRecordedStartsAndTheDaysAreReadAgain() throws IOException {
    Model plain = model("call:x64/read");
    NavigableSet<LocalDate> days = new TreeSet<>();
    for (String day : List.of("2026-02-27", "2026-02-28", "2026-03-01", "2026-03-03")) {
      days.add(LocalDate.parse(day));
    }
    Model model =
        new Model(
            plain.workload(),
            plain.mode(),
            plain.image(),
            plain.since(),
            plain.until(),
            plain.changed(),
            plain.instances(),
            plain.starts(),
            plain.entries(),
            plain.covers(),
            plain.refused(),
            plain.replicas(),
            List.of("s-1"),
            days);
    String text = ModelText.of(model);
    assertTrue(text.contains("\ndays: [2026-02-27/2026-03-01, 2026-03-03]\n"), text);
    assertTrue(text.contains("\ntraced:\n  - s-1\n"), text);
    assertEquals(model, read(text));
    assertEquals(
        64, read(text.replace("2026-02-27/2026-03-01", "0001-01-01/2026-03-01")).days().size());
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource({
    "[2026-03-02],  [2026-03-02/2026-03-01],            8: expected a day or a span",
    "[2026-03-02],  [2026-03-01/2026-03-01/2026-03-01], 8: expected a day or a span",
    "[2026-03-02],  [monday],                           8: expected a day or a span",
    "name: read,    name: ../read,                      16: expected the name of a system call",
    "abi: x64,      abi: z80,                           16: expected the name of a system call",
    "'[programs, peers]', '[programs, systemCalls]',    14: 'systemCalls' is not one of programs",
  })
  void aWrongDayOrCallIsAnErrorWithItsLine(String text, String wrong, String error) {
    String good =
        ModelText.of(model("call:x64/read"))
            .replace("pods: 5 }\n", "pods: 5 }\ndays: [2026-03-02]\n");
    assertTrue(good.contains(text), good);
    PolicyException thrown =
        assertThrows(PolicyException.class, () -> read(good.replace(text, wrong)));
    String first = thrown.errors().getFirst().toString();
    assertTrue(first.startsWith("models/web.yaml:" + error), first);
  }

  @Test
  void thePodsOfAnEntryAreAShareOfThePodsOfTheModel() throws IOException {
    String text = ModelText.of(model("program:/a"));
    assertTrue(text.contains("changed: 2026-03-02T00:00:05Z, pods: 5 }\n"), text);
    assertTrue(text.contains("{ path: /a, count: 3, first: 2026-03-02, last: 2026-03-03, pods: 2"));
    assertEquals(5, read(text).replicas());
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"'', 2", "', pods: 1', 2", "', pods: 3', 3"})
  void aFileOfAnOlderVersionHasAtLeastThePodsThatItNames(String pods, int expected)
      throws IOException {
    String text = ModelText.of(model("program:/a"));
    assertTrue(text.contains(", pods: 5 }"));
    assertEquals(expected, read(text.replace(", pods: 5 }", pods + " }")).replicas());
  }

  @Test
  void anEntryIsOneLineSoThatADiffShowsIt() {
    List<String> older = ModelText.of(model("file:/a", "file:/c")).lines().toList();
    List<String> newer = ModelText.of(model("file:/a", "file:/b", "file:/c")).lines().toList();
    assertEquals(older.size() + 1, newer.size());
    assertTrue(newer.containsAll(older));
  }

  @ParameterizedTest(name = "{0} -> {1}: {2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "mode: observing | mode: enforce | models/web.yaml:3: 'enforce' is not one of learning,"
            + " observing, enforcing",
        "pods: 5 | pods: some | models/web.yaml:7: expected a whole number",
        "mode: observing | modes: observing | models/web.yaml:3: unknown key 'modes'; did you mean"
            + " 'mode'?",
        "count: 3 | count: many | models/web.yaml:15: expected a whole number",
        "count: 3 | counts: 3 | models/web.yaml:15: unknown key 'counts'",
        "port: 443 | port: 70000 | models/web.yaml:18: expected a port from 1 to 65535 or ephemeral"
            + " or any, found '70000'",
        "network: private | dns: a, network: private | models/web.yaml:18: a peer has one of"
            + " service, dns and network, found 2",
        "first: 2026-03-02 | first: yesterday | models/web.yaml:15: expected a day such as"
            + " 2026-03-02, found 'yesterday'",
        "first: 2026-03-02 | first: 2027-03-02 | models/web.yaml:15: 'last' is before 'first'",
        "covers: [programs, peers] | covers: [all] | models/web.yaml:13: 'all' is not one of"
            + " programs, listeners, peers, files",
        "path: /a | path: /b | models/web.yaml:16: two entries for program:/b"
      })
  void anErrorSaysWhereAndWhatToDo(String text, String wrong, String error) {
    String good = ModelText.of(model("program:/a", "program:/b", "peer:network:private:443"));
    assertTrue(good.contains(text), good);
    int at = good.indexOf(text);
    String bad = good.substring(0, at) + wrong + good.substring(at + text.length());
    PolicyException thrown = assertThrows(PolicyException.class, () -> read(bad));
    String first = thrown.errors().getFirst().toString();
    assertTrue(first.startsWith(error), first);
  }

  @Test
  void twoFilesOfOneWorkloadAreAnError() throws IOException {
    String text = ModelText.of(model("program:/a"));
    read(text);
    Files.writeString(folder.resolve("models/x.yaml"), text);
    PolicyException thrown =
        assertThrows(PolicyException.class, () -> ModelFiles.read(folder.resolve("models")));
    assertEquals(
        "the workload has a model in web.yaml too; remove one of the files",
        thrown.errors().getFirst().message());
  }

  @Test
  void aFileNameIsOfOneWorkloadAndStaysInItsFolder() {
    assertEquals("prod_shop_deployment_web_nginx.yaml", ModelText.fileName(WEB));
    Workload evil = new Workload("../../etc", "a/b", "..", "x\u0000y", "/../..");
    String name = ModelText.fileName(evil);
    assertTrue(name.matches("[a-z0-9_-]+\\.yaml"), name);
    assertNotEquals(
        ModelText.fileName(new Workload("p", "a_b", "K", "c", "d")),
        ModelText.fileName(new Workload("p", "a", "K", "b_c", "d")));
    assertNotEquals(
        ModelText.fileName(new Workload("p", "a", "K", "x.y", "d")),
        ModelText.fileName(new Workload("p", "a", "K", "x-y", "d")));
    Workload upper = new Workload("p", "a", "K", "X", "d");
    assertNotEquals(
        ModelText.fileName(upper), ModelText.fileName(new Workload("p", "a", "K", "x", "d")));
  }

  @Test
  void whatCouldNotBeReadIsNotWritten() {
    Instant at = Instant.parse("2026-03-02T09:00:00Z");
    Workload workload = new Workload("prod", "shop", "Deployment", "web", "nginx");
    Model model =
        new Model(
            workload,
            Mode.LEARNING,
            "",
            at,
            at.minusSeconds(1),
            at,
            List.of(),
            List.of(),
            new TreeMap<>(),
            Set.of(),
            Map.of());

    UsageError error =
        assertThrows(UsageError.class, () -> MergedModel.text("web.yaml", "", model));
    assertTrue(error.getMessage().contains("web.yaml is not written"), error.getMessage());
  }
}
