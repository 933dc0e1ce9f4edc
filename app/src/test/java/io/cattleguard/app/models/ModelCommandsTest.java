package io.cattleguard.app.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.cattleguard.app.recording.ReadTexts;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A model is learned, reviewed, tested and changed on the command line. */
final class ModelCommandsTest {
  private static final String WEB = "prod/shop/Deployment/web/nginx";

  @TempDir private Path folder;

  @BeforeEach
  void copyThePolicy() throws IOException {
    Policies.copyDefault(folder);
  }

  private static String exec(String container, String day, String digest, String path) {
    return """
    {"process_exec":{"process":{"binary":"%s","pod":{"namespace":"shop","name":"web-%s","workload":"web",\
    "workload_kind":"Deployment","container":{"id":"containerd://%s","name":"nginx",\
    "image":{"id":"nginx@sha256:%s","name":"nginx:1"},"start_time":"2026-03-01T00:00:00Z"}}},\
    "parent":{"binary":"/usr/sbin/nginx"}},"node_name":"n1","time":"2026-03-%sT09:00:00Z"}
    """
        .formatted(path, container, container, digest, day);
  }

  private Shell.Result run(String input, String... arguments) {
    String[] all = new String[arguments.length + 2];
    System.arraycopy(arguments, 0, all, 0, arguments.length);
    all[arguments.length] = "--policy";
    all[arguments.length + 1] = folder.toString();
    return new Shell().piping(input).run(all);
  }

  private Shell.Result learn(String input) {
    Shell.Result result = run(input, "learn", "--cluster", "prod", "-");
    assertEquals(0, result.code(), result.err());
    return result;
  }

  private Path file() {
    return folder.resolve("models/prod_shop_deployment_web_nginx.yaml");
  }

  private static String flat(Shell.Result result) {
    return result.out().replaceAll("\\s+", " ");
  }

  @Test
  void learningTwiceWritesOnce() throws IOException {
    String recording = exec("a", "02", "aa", "/usr/sbin/nginx");
    String out = learn(recording).out();
    assertTrue(out.contains("1 model file written"), out);
    assertTrue(out.contains("1 event: 1 observation of programs"), out);
    assertTrue(out.contains("(learning): 1 entry, 1 new, 0 dropped"), out);
    String text = Files.readString(file());
    assertTrue(learn(recording).out().contains("No model file changes."));
    assertEquals(text, Files.readString(file()));
    Shell.Result check = run("", "check");
    assertEquals(0, check.code(), check.err());
    assertTrue(flat(check).contains("1 model,"), check.out());
  }

  private static String networks(String container, String day) {
    StringBuilder events = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      events.append(
          exec(container, day, "aa", "/usr/sbin/nginx")
              .replace("{\"process_exec\":{", "{\"process_kprobe\":{")
              .replace(
                  "\"parent\":{",
                  "\"function_name\":\"tcp_connect\",\"args\":[{\"sock_arg\":{\"daddr\":\"198."
                      + (Integer.parseInt(day) + 20)
                      + "."
                      + i
                      + ".9\",\"dport\":443}}],\"parent\":{"));
    }
    return events.toString();
  }

  @Test
  void aClientOfTheInternetIsReadyOnceAPersonAcceptedTheInternet() {
    String first = flat(learn(networks("a", "02")));
    assertTrue(first.contains("64 networks of the internet on port 443: if its peers"), first);
    assertTrue(first.contains("not complete: there was no room for 36 observations"), first);
    String accepts = run("", "model", "accept", "--write", WEB, "peer:network:public:443").out();
    assertTrue(accepts.contains("changed"), accepts);
    Shell.Result check = run("", "check");
    assertEquals(0, check.code(), check.err());
    String second = flat(learn(networks("b", "03")));
    assertFalse(second.contains("not complete"), second);
    assertTrue(second.contains("65 entries, 0 new"), second);
    assertFalse(second.contains("if its peers"), "it is accepted: " + second);
  }

  @Test
  void whatIntrudersDoTooIsExplainedOnceAndAcceptedInTheNamedPolicy() {
    String shells = exec("a", "02", "aa", "/bin/sh");
    String out =
        learn(
                shells
                    + shells.replace("\"web\"", "\"api\"").replace("\"web-", "\"api-")
                    + exec("c", "02", "aa", "/usr/bin/x")
                        .replace("\"name\":\"nginx\"", "\"name\":\"\""))
            .out()
            .replaceAll("\\s+", " ");
    assertEquals(2, out.split("1 entry is unconfirmed", -1).length - 1, out);
    assertEquals(1, out.split("Unconfirmed is what intruders do too", -1).length - 1, out);

    Shell.Result test =
        run(exec("a", "03", "aa", "/bin/bash"), "model", "test", "--cluster", "prod", "-");
    assertEquals(1, test.code(), test.err());
    assertTrue(test.out().replaceAll("\\s+", " ").contains("' --policy " + folder), test.out());
  }

  @Test
  void anEnvelopeAndGzipAreRead() throws IOException {
    Path zipped = folder.resolve("events.json.gz");
    String event = exec("a", "02", "aa", "/usr/sbin/nginx").strip();
    Files.write(
        zipped,
        ReadTexts.gzip(
            "{\"Records\":[{\"body\":"
                + TextNode.valueOf(event)
                + ",\"eventSource\":\"aws:sqs\"}]}"));
    Shell.Result result =
        run("", "learn", "--cluster", "prod", "--out", folder + "/m", zipped.toString());
    assertEquals(0, result.code(), result.err());
    assertTrue(Files.exists(folder.resolve("m/prod_shop_deployment_web_nginx.yaml")), result.out());
  }

  @ParameterizedTest
  @CsvSource({"m.yaml,m.yaml", "m.yaml/sub/folder,m.yaml"})
  void aFileWhereTheFolderOfModelsShouldBeIsNamedBeforeAnythingIsRead(String out, String file)
      throws IOException {
    Files.writeString(folder.resolve("m.yaml"), "x");
    Shell.Result result =
        run(
            exec("a", "02", "aa", "/usr/sbin/nginx"),
            "learn",
            "--cluster",
            "prod",
            "--out",
            folder.resolve(out).toString(),
            "-");
    assertEquals(2, result.code(), result.out());
    assertTrue(
        result
            .err()
            .contains(
                "--out "
                    + folder.resolve(out)
                    + ": "
                    + folder.resolve(file)
                    + " is a file; name a folder, which is created if it does not exist"),
        result.err());
    assertEquals("x", Files.readString(folder.resolve("m.yaml")));
    assertEquals("", result.out());
  }

  @Test
  void aNewImageShowsWhatItChanged() {
    learn(exec("a", "02", "aa", "/usr/sbin/nginx"));
    Shell.Result diff =
        run(
            exec("b", "03", "bb", "/usr/sbin/nginx") + exec("b", "03", "bb", "/usr/bin/new"),
            "model",
            "diff",
            "--cluster",
            "prod",
            "-");
    assertTrue(
        flat(diff)
            .contains("+ runs /usr/bin/new, started by /usr/sbin/nginx (only in image sha256:bb)"),
        diff.out());
    assertTrue(flat(diff).contains("also in image sha256:bb"), diff.out());
  }

  @Test
  void whatWasNotSeenForLongIsDropped() throws IOException {
    learn(exec("a", "02", "aa", "/usr/bin/old"));
    Shell.Result result =
        run(
            exec("b", "20", "aa", "/usr/sbin/nginx"),
            "learn",
            "--cluster",
            "prod",
            "--age",
            "7d",
            "-");
    assertTrue(flat(result).contains("1 new, 1 dropped"), result.out());
    assertFalse(Files.readString(file()).contains("/usr/bin/old"));
  }

  @Test
  void aDeviationIsShownAndAcceptedByAPatch() throws IOException {
    learn(exec("a", "02", "aa", "/usr/sbin/nginx"));
    String intrusion = exec("a", "03", "aa", "/bin/sh") + exec("a", "03", "aa", "/bin/sh");
    Shell.Result test = run(intrusion, "model", "test", "--cluster", "prod", "--json", "-");
    assertEquals(1, test.code(), test.err());
    JsonNode deviation = test.jsonLines().getFirst();
    assertEquals(1, test.jsonLines().size());
    assertEquals("Shell not in model", deviation.path("rule").asText());
    assertEquals(2, deviation.path("count").asInt());
    assertEquals("T1059.004", deviation.path("techniques").get(0).asText());
    String entry = deviation.path("entry").asText();

    Shell.Result patch = run("", "model", "accept", WEB, entry);
    assertEquals(0, patch.code(), patch.err());
    List<String> added = patch.lines().stream().filter(line -> line.startsWith("+ ")).toList();
    assertEquals(1, added.size(), patch.out());
    assertTrue(added.getFirst().contains("accepted: true"));
    assertEquals(1, run(intrusion, "model", "test", "--cluster", "prod", "-").code());

    assertEquals(0, run("", "model", "accept", "--write", WEB, entry).code());
    Shell.Result after = run(intrusion, "model", "test", "--cluster", "prod", "-");
    assertEquals(0, after.code(), after.out());
    assertTrue(after.out().contains("No deviations."));
  }

  @Test
  void eachCommandPrintsJsonForPrograms() throws IOException {
    String first = exec("a", "02", "aa", "/usr/sbin/nginx");
    JsonNode learned = run(first, "learn", "--cluster", "prod", "--json", "-").json();
    assertEquals(WEB, learned.path("workload").asText());
    assertTrue(learned.path("new").asBoolean() && learned.path("changed").asBoolean());
    assertEquals(
        "program:/usr/sbin/nginx<-/usr/sbin/nginx",
        learned.at("/added/0/entry").asText(),
        learned.toString());
    assertTrue(Files.exists(file()), "it is written");
    assertFalse(
        run(first, "learn", "--cluster", "prod", "--json", "-").json().path("changed").asBoolean());

    String shell = exec("b", "03", "aa", "/bin/sh");
    String before = Files.readString(file());
    JsonNode diff = run(shell, "model", "diff", "--cluster", "prod", "--json", "-").json();
    assertEquals("program:/bin/sh<-/usr/sbin/nginx", diff.at("/added/0/entry").asText());
    assertTrue(diff.at("/added/0/unconfirmed").asBoolean());
    assertEquals("[]", diff.path("removed").toString());
    assertEquals(
        "", run(first, "model", "diff", "--cluster", "prod", "--json", "-").out(), "no change");

    JsonNode accepted = run("", "model", "accept", "--json", WEB, "listener:tcp/9090").json();
    assertEquals("listener:tcp/9090", accepted.at("/accepted/0").asText());
    assertFalse(accepted.path("written").asBoolean());
    assertTrue(accepted.path("patch").asText().contains("+  - { protocol: tcp, port: 9090"));
    assertEquals(before, Files.readString(file()));
    JsonNode written =
        run("", "model", "accept", "--write", "--json", WEB, "listener:tcp/9090").json();
    assertTrue(written.path("written").asBoolean());

    JsonNode shown = run("", "model", "show", "--json", WEB).json();
    assertEquals(file().getFileName().toString(), shown.path("file").asText());
    assertEquals("listener:tcp/9090", shown.at("/entries/1/entry").asText(), shown.toString());
    assertTrue(shown.at("/entries/1/accepted").asBoolean());
    assertEquals("2026-03-02", shown.at("/days/0").asText());
    assertFalse(shown.at("/systemCallRecord/complete").asBoolean());
    assertEquals(
        "the model has no system calls", shown.at("/systemCallRecord/objections/0").asText());
  }

  @Test
  void aWorkloadWithoutAModelIsNamedWithWhatIntrudersDo() {
    Shell.Result test =
        run(exec("a", "03", "aa", "/bin/sh"), "model", "test", "--cluster", "prod", "-");
    assertTrue(
        flat(test)
            .contains(
                "no model of "
                    + WEB
                    + ": 1 observation not tested; among them is what intruders do: Shell not in"
                    + " model"),
        test.out());
  }

  @Test
  void aTestThatComparedNothingHasNotPassed() {
    String event = exec("a", "02", "aa", "/usr/sbin/nginx");
    learn(event);
    assertEquals(0, run(event, "model", "test", "--cluster", "prod", "-").code());

    for (String cluster : List.of("other", "prod")) {
      String input = cluster.equals("prod") ? "" : event;
      Shell.Result test = run(input, "model", "test", "--cluster", cluster, "-");
      assertEquals(1, test.code(), test.out());
      assertFalse(test.out().contains("No deviations"), test.out());
      String says = "nothing was compared: no event is of a workload that has a model";
      assertTrue(test.err().contains(says), test.err());
      Shell.Result json = run(input, "model", "test", "--json", "--cluster", cluster, "-");
      assertEquals(1, json.code());
      assertEquals(1, json.jsonLines().size(), json.out());
      assertEquals(0, json.json().path("compared").asLong(-1), json.out());
      assertTrue(json.json().path("why").asText().startsWith(says), json.out());
      assertTrue(json.err().contains(says), json.err());
    }
  }

  @Test
  void whatIsLearnedWithoutTheNameOfItsClusterIsSaidToMatchNothing() {
    String event = exec("a", "02", "aa", "/usr/sbin/nginx");
    for (String json : List.of("--json", "--age=30d")) {
      Shell.Result learn = run(event, "learn", json, "-");
      assertEquals(0, learn.code(), learn.err());
      assertTrue(
          learn.err().contains("warning: 1 model is of the cluster 'unknown', because"),
          learn.err());
      assertEquals("", run(event, "learn", json, "--cluster", "prod", "-").err());
    }
  }

  @Test
  void theListSaysWhatAModelStillNeeds() {
    learn(exec("a", "02", "aa", "/usr/sbin/nginx"));
    Shell.Result list = run("", "model", "list");
    assertTrue(
        flat(list).contains("learning, 1 entry (0 unconfirmed), not ready: unchanged for"),
        list.out());
    JsonNode json = run("", "model", "list", "--json").jsonLines().getFirst();
    assertEquals(WEB, json.path("workload").asText());
    assertFalse(json.path("ready").asBoolean());
    learn(exec("b", "03", "aa", "/usr/sbin/nginx") + exec("c", "04", "aa", "/usr/sbin/nginx"));
    assertTrue(flat(run("", "model", "list")).contains(", ready"));
    Shell.Result show = run("", "model", "show", WEB);
    assertTrue(flat(show).contains("runs /usr/sbin/nginx, started by /usr/sbin/nginx"));
    assertTrue(flat(show).contains(" 3 times, in 3 of 3 pods"), show.out());
  }

  @Test
  void whatIsReadyIsSettableForEachCommandThatSaysIt() {
    String recording =
        exec("a", "02", "aa", "/usr/sbin/nginx")
            + exec("a", "03", "aa", "/usr/sbin/nginx")
            + exec("b", "04", "aa", "/usr/sbin/nginx");
    String needs = "spans 2 starts of the container, needs 3";
    List<String> stricter = List.of("--ready-after", "3d", "--ready-starts", "2");
    List<String> looser = List.of("--ready-after", "36h", "--ready-starts", "2");
    String[][] commands = {
      {"learn", "--cluster", "prod", "-"},
      {"model", "list"},
      {"model", "list", "--json"},
      {"model", "show", WEB},
      {"model", "export", "--as", "tetragon", "--selector", "app=web", WEB}
    };
    for (String[] command : commands) {
      String usual = said(recording, List.of(), command);
      assertTrue(usual.contains(needs), usual);
      String strict = said(recording, stricter, command);
      assertTrue(strict.contains("unchanged for 2 d of the time observed, needs 3 d"), strict);
      assertFalse(strict.contains("starts of the container"), strict);
      String loose = said(recording, looser, command);
      assertFalse(loose.contains("needs"), loose);
    }
  }

  @Test
  void daysWithoutTheWorkloadDoNotMakeAModelReady() throws IOException {
    learn(exec("a", "02", "aa", "/usr/sbin/nginx"));
    learn(exec("b", "16", "aa", "/usr/sbin/nginx"));
    String text = Files.readString(file());
    assertTrue(text.contains("days: [2026-03-02, 2026-03-16]"), text);
    String shown = flat(run("", "model", "show", WEB, "--ready-after", "7d"));
    assertTrue(shown.contains("unchanged for 1 d of the time observed, needs 7 d"), shown);
    Files.writeString(file(), text.replace("mode: learning", "mode: observing"));
    String unchanged = flat(learn(exec("c", "17", "aa", "/usr/sbin/nginx")));
    assertTrue(unchanged.contains("file unchanged"), unchanged);
  }

  private String said(String input, List<String> options, String... command) {
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(options);
    Shell.Result result = run(input, all.toArray(String[]::new));
    return (result.out() + result.err()).replaceAll("\\s+", " ");
  }

  @ParameterizedTest
  @CsvSource({
    "--ready-after,  soon, 'expected a duration such as 30s, 10m, 4h or 7d'",
    "--ready-after,  -1d,  'expected a duration such as 30s, 10m, 4h or 7d'",
    "--ready-after,  '',   'expected a duration such as 30s, 10m, 4h or 7d'",
    "--ready-after,  61d,  'expected at most 60d'",
    "--ready-starts, 17,   'expected a number from 0 to 16'",
    "--ready-starts, -1,   'expected a number from 0 to 16'",
    "--ready-starts, 3d,   'expected a number from 0 to 16'",
    "--ready-starts, 2.5,  'expected a number from 0 to 16'"
  })
  void aReadinessThatIsNoneIsAUsageError(String option, String value, String expected) {
    learn(exec("a", "02", "aa", "/usr/sbin/nginx"));
    String[][] commands = {
      {"learn", "-"},
      {"model", "list"},
      {"model", "show", WEB},
      {"model", "pull"},
      {"model", "export", "--as", "tetragon", "--selector", "app=web", WEB}
    };
    for (String[] command : commands) {
      List<String> all = new ArrayList<>(List.of(command));
      all.add(option + "=" + value);
      Shell.Result result = run("", all.toArray(String[]::new));
      assertEquals(2, result.code(), result.out());
      assertTrue(result.err().contains(option + " " + value + ": " + expected), result.err());
    }
  }

  @Test
  void aReadyModelThatIsNotLearningAnyMoreIsNotSentBackToObserving() throws IOException {
    String recording =
        exec("a", "02", "aa", "/usr/sbin/nginx")
            + exec("b", "03", "aa", "/usr/sbin/nginx")
            + exec("c", "04", "aa", "/usr/sbin/nginx");
    assertTrue(learn(recording).out().contains("ready: set mode: observing"));
    Files.writeString(
        file(), Files.readString(file()).replace("mode: learning", "mode: enforcing"));

    String again = learn(recording).out();

    assertTrue(again.contains("(enforcing)"), again);
    assertTrue(again.contains("  ready\n"), again);
    assertFalse(again.contains("set mode"), again);
  }

  @Test
  void oneIsNoPlural() {
    learn(exec("a", "02", "aa", "/usr/sbin/nginx"));
    String show = flat(run("", "model", "show", WEB));
    assertTrue(show.contains(" 1 time, in 1 of 1 pod"), show);
    assertTrue(show.contains("spans 1 start of the container, needs 3"), show);
  }

  @Test
  void hostileTextDoesNotReachTheTerminal() {
    learn(exec("a", "02", "aa", "/tmp/\\u001b[31mx\\u202e"));
    Shell.Result show = run("", "model", "show", WEB);
    assertFalse(show.out().contains("\u001b[31m"));
    assertFalse(show.out().contains("\u202e"));
  }

  @Test
  void mistakesAreUsageErrors() {
    assertEquals(2, run("", "model", "show", "prod/shop/x").code());
    assertEquals(2, run("", "model").code());
    assertEquals(2, run("", "learn", "--age", "soon", "-").code());
    learn(exec("a", "02", "aa", "/usr/sbin/nginx"));
    Shell.Result result = run("", "model", "accept", WEB, "nonsense");
    assertEquals(2, result.code());
    assertTrue(result.err().contains("'nonsense' is no entry"), result.err());
  }
}
