package io.cattleguard.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.events.build.BuildVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CommandLineTest {

  @ParameterizedTest(name = "cattleguard {0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          rpelay                           | unknown command 'rpelay'; did you mean 'replay'?
          --versoin                        | unknown option '--versoin'; did you mean '--version'?
          sensro --cluster a               | unknown command 'sensro'; did you mean 'sensor'?
          demo fast                        | unexpected argument 'fast'
          replay                           | no recording: name a FILE, --from-log-group or --from-s3
          replay --jsno x.json             | unknown option '--jsno'; did you mean '--json'?
          permissions --as rabc            | --as: use one of rbac, respond, admission, iam, terraform, not: rabc; did you mean 'rbac'?
          replay no-such-file.json         | no-such-file.json: no such file
          explain .                        | .: is a folder; name its files, such as ./*
          check --policy no-such-folder    | --policy no-such-folder: no such folder
          check --policy pom.xml           | --policy pom.xml: not a folder; set a folder
          replay --against pom.xml pom.xml | --against pom.xml: not a folder; set a folder
          import talon no-such-file.yaml   | no-such-file.yaml: no such file
          import talon .                   | .: a folder; name a file of rules
          up --listen 2801                 | --listen: use HOST:PORT, for example 127.0.0.1:2801, not: 2801
          up --listen 0.0.0.0:2801         | listens on every address of this machine
          up --listen [::]:2801            | listens on every address of this machine
          up --listen :2801                | --listen: use HOST:PORT, for example 127.0.0.1:2801, not: :2801
          up --listen 127.0.0.1:70000      | --listen: use a number from 0 to 65535, not: 70000
          up --listen 127.0.0.1:           | --listen: use a number from 0 to 65535, not:
          up --listen no.invalid:2801      | --listen: no.invalid is not an IP address
          up --operations-listen nowhere   | --operations-listen: use HOST:PORT, for example 127.0.0.1:2802
          up --board-port 0                | --board-port: expected 1 to 65535, found 0
          up --board-port 0.0.0.0:2803     | --board-port: expected 1 to 65535, found 0.0.0.0:2803
          up --slack-teams example         | --slack-teams: use ids such as T0123ABCD, not: example
          up --slack-api http://192.0.2.1  | --slack-api: use an https:// address, not: http://192.0.2.1
          up --slack-api nowhere           | --slack-api: use an https:// address, not: nowhere
          up --kubeconfig no-such-file     | --kubeconfig no-such-file: cannot be read; set a file
          up --kubeconfig .                | --kubeconfig .: cannot be read; set a file
          up --cluster a/b                 | --cluster: use letters, digits
          up --policy no-such-folder       | --policy no-such-folder: no such folder
          incidents --since yesterday      | --since: expected a duration such as 24h or 7d
          incidents --state done           | --state: use one of open, contained, requested, refused,
          incident                         | Missing required parameter: 'ID'
          report --html --markdown         | mutually exclusive
          report --since 0d                | --since: expected a duration such as 24h or 7d
          doctor                           | nothing to check; set --terraform-output
          doctor --terraform-output no.json | --terraform-output no.json: not the output of terraform
          doctor --kubeconfig no-such-file | --kubeconfig no-such-file: cannot be read
          """)
  void aWrongCommandLineIsExplainedInOneLineAndEndsWithTwo(String line, String explained) {
    Shell.Result result = new Shell().run(line.split(" "));

    assertEquals(2, result.code());
    assertEquals("", result.out());
    assertTrue(result.err().startsWith("cattleguard: "), result.err());
    assertTrue(result.err().contains(explained), result.err());
    assertFalse(result.err().contains("\tat "), "no stack trace");
  }

  @Test
  void withoutACommandTheUsageIsShownAsAnError() {
    Shell.Result result = new Shell().run();

    assertEquals(2, result.code());
    assertEquals("", result.out());
    for (String command :
        new String[] {"demo", "replay", "explain", "up", "check", "test", "doctor"}) {
      assertTrue(result.err().contains("  " + command + " "), result.err());
    }
  }

  @Test
  void helpIsNoError() {
    Shell.Result result = new Shell().run("replay", "--help");

    assertEquals(0, result.code());
    assertEquals("", result.err());
    assertTrue(result.out().contains("--policy=DIR"), result.out());
  }

  @Test
  void helpIsACommandToo() {
    Shell.Result of = new Shell().run("help", "silence");
    Shell.Result all = new Shell().run("help");

    assertEquals(0, of.code(), of.err());
    assertTrue(of.out().contains("--incident=ID"), of.out());
    Shell.Result unknown = new Shell().run("help", "silense");
    assertEquals(0, all.code(), all.err());
    assertTrue(all.out().contains("containments"), all.out());
    assertEquals(2, unknown.code());
    assertTrue(unknown.err().contains("did you mean 'silence'"), unknown.err());
  }

  @Test
  void bothCommandLinesSayTheVersionOfTheBuild() {
    Shell.Result result = new Shell().run("--version");

    assertEquals(0, result.code(), result.err());
    assertEquals("cattleguard " + BuildVersion.current() + "\n", result.out());
    assertEquals(result, new Shell().run("sensor", "--version"));
  }

  @Test
  void onlyDebugShowsWhereAnErrorCameFrom() {
    assertFalse(new Shell().run("explain", "nowhere").err().contains("Recordings"));
    assertTrue(new Shell().run("explain", "nowhere", "--debug").err().contains("Recordings"));
  }

  @Test
  void aPolicyWithErrorsFailsAndNamesEveryErrorsFileAndLine(@TempDir Path policy)
      throws IOException {
    Policies.copyDefault(policy);
    Policies.replace(policy.resolve("routes.yaml"), "to: [siem]", "to: [seim]");
    Policies.replace(policy.resolve("playbooks/cryptominer.yaml"), "freshness: 10m", "freshnes: 1");

    Shell.Result result = new Shell().run("check", "--policy", policy.toString());

    assertEquals(1, result.code());
    assertEquals("", result.out());
    assertTrue(result.err().contains("routes.yaml:"), result.err());
    assertTrue(
        result.err().contains("playbooks/cryptominer.yaml:11: unknown key 'freshnes'"),
        result.err());
    assertTrue(result.err().contains("errors. Fix them and try again."), result.err());
  }

  @Test
  void aValidPolicySucceedsAndItsContentIsCounted() {
    Shell.Result result = new Shell().run("check");

    assertEquals(0, result.code(), result.err());
    // The line is wrapped, depending on the length of the checkout's path.
    String said = result.out().replaceAll("\\s+", " ");
    assertTrue(said.contains(" is valid: "), said);
    assertTrue(
        said.matches(".* \\d+ playbooks \\(0 enforcing, 0 asking for approval\\), .*"), said);
  }

  @Test
  void anExpiredSuppressionIsAWarningWithItsOwner(@TempDir Path policy) throws IOException {
    Policies.copyDefault(policy);
    Files.writeString(
        policy.resolve("suppressions.yaml"),
        """
        suppressions:
          - name: old-backup
            owner: platform-team
            reason: reads by design
            expires: 2020-01-31
            cap: 10
            when: { alert: { rule: [Read sensitive file untrusted] } }
        """);

    Shell.Result result = new Shell().run("check", "--policy", policy.toString());

    assertEquals(0, result.code(), result.err());
    String out = result.out().replaceAll("\\s+", " ");
    assertTrue(out.contains("warning: suppression 'old-backup' expired"), out);
    assertTrue(out.contains("ask platform-team to renew it"), out);
    assertFalse(out.contains("more than a year"), out);

    Path file = policy.resolve("suppressions.yaml");
    Files.writeString(file, Files.readString(file).replace("2020-01-31", "2099-01-31"));
    out = new Shell().run("check", "--policy", policy.toString()).out().replaceAll("\\s+", " ");
    assertTrue(
        out.contains(
            "warning: suppression 'old-backup' hides until 2099-02-01T00:00:00Z, more than a year"
                + " from now; set an earlier day, on which platform-team looks at it again"),
        out);
  }

  @Test
  void theTestsOfTheDefaultPolicyPass() {
    Shell.Result result = new Shell().run("test");

    assertEquals(0, result.code(), result.out());
    assertTrue(result.out().contains("playbooks/cryptominer.yaml:"), result.out());
    assertTrue(result.out().contains(" passed, 0 failed"), result.out());
  }

  @Test
  void aFailingTestFailsTheCommandAndShowsExpectedAndActual(@TempDir Path policy)
      throws IOException {
    Policies.copyDefault(policy);
    Policies.replace(
        policy.resolve("playbooks/reverse-shell.yaml"),
        "expect: { playbooks: [reverse-shell], then: [pause-workload] }",
        "expect: { playbooks: [reverse-shell], score: [{ numeric: [\"<\", 10] }] }");

    Shell.Result result = new Shell().run("test", "--policy", policy.toString());

    assertEquals(1, result.code());
    String out = result.out().replaceAll("\\s+", " ");
    assertTrue(out.contains("FAILED playbooks/reverse-shell.yaml:"), out);
    assertTrue(out.contains("expected: score is 100"), out);
    assertTrue(out.contains("actual: {\"score\":100"), out);
    assertTrue(out.contains(" 1 failed"), out);
  }

  @Test
  void aPolicyWithoutTestsIsReported(@TempDir Path policy) throws IOException {
    Policies.copyDefault(policy);
    Policies.dropTests(policy);

    Shell.Result result = new Shell().run("test", "--policy", policy.toString());

    assertEquals(0, result.code(), result.err());
    assertTrue(result.out().contains("has no tests"), result.out());
  }
}
