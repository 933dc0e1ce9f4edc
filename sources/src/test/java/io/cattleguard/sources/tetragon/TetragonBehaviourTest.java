package io.cattleguard.sources.tetragon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Severity;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the behaviour of Tetragon's hooks and paths, and which of them are one problem. */
final class TetragonBehaviourTest {
  private static Reading read(String event) {
    return new AlertReader().read(event, new Origin(null, Instant.EPOCH));
  }

  private static Alert kprobe(String binary, String function, String arguments, String more) {
    Reading reading =
        read(
            """
            {"process_kprobe":{"process":{"binary":"%s"},"policy_name":"any-policy","function_name":"%s",
             "args":[%s]%s},"node_name":"node-a","time":"2026-03-02T09:15:00Z"}
            """
                .formatted(binary, function, arguments, more));
    return assertInstanceOf(Reading.Read.class, reading, reading.toString()).alert();
  }

  private static Alert file(String binary, String path, int mask) {
    return kprobe(
        binary,
        "security_file_permission",
        "{\"file_arg\":{\"path\":\"" + path + "\"}},{\"int_arg\":" + mask + "}",
        "");
  }

  private static Alert connect(String peer) {
    return kprobe(
        "/usr/bin/bash",
        "tcp_connect",
        "{\"sock_arg\":{\"daddr\":\"" + peer + "\",\"dport\":8080}}",
        "");
  }

  @ParameterizedTest
  @CsvSource({
    "do_init_module,           T1547.006",
    "security_create_user_ns,  T1611",
    "create_user_ns,           T1611",
    "__x64_sys_setns,          T1611",
    "__x64_sys_mount,          T1611",
    "__x64_sys_ptrace,         T1055.008",
    "__sys_setuid,             T1548",
    "__arm64_sys_bpf,          T1562"
  })
  void aHookReportsItsBehaviourWhateverThePolicyIsCalled(String function, String technique) {
    assertEquals(List.of(technique), kprobe("/usr/bin/x", function, "", "").techniques());
  }

  @ParameterizedTest
  @CsvSource({
    "/usr/bin/cat,      /etc/shadow,        4, high,   T1003.008",
    "/usr/bin/bash,     /etc/cron.d/job,    2, high,   T1053.003",
    "/usr/bin/bash,     /etc/cron.d/job,    4, medium, ''",
    "/usr/sbin/useradd, /etc/shadow,        4, medium, ''",
    "/usr/sbin/useradd, /etc/shadow,        2, medium, ''",
    "/usr/bin/sudo,     /etc/sudoers,       4, medium, ''",
    "/usr/bin/tee,      /etc/sudoers.d/x,   2, high,   T1548.003",
    "/usr/bin/cat,      /root/.ssh/id_rsa,  4, high,   T1552.004",
    "/usr/bin/date,     /var/log/job.log,   2, medium, ''"
  })
  void aPathReportsWhatReadingOrWritingItMeans(
      String binary, String path, int mask, String severity, String technique) {
    Alert alert = file(binary, path, mask);
    assertEquals(Severity.named(severity).orElseThrow(), alert.severity());
    assertEquals(technique.isEmpty() ? List.of() : List.of(technique), alert.techniques());
    assertEquals(!technique.isEmpty(), alert.has(Trait.INTRUSION));
  }

  private static String binprm(String path) {
    return "{\"linux_binprm_arg\":{" + path + "\"permission\":\"-rwxr-xr-x\"}}";
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"security_bprm_check", "bprm_check_security", "security_bprm_creds_from_file"})
  void aHookOnTheStartOfAProgramIsAboutThatProgram(String hook) {
    Alert alert = kprobe("/usr/bin/bash", hook, binprm("\"path\":\"/tmp/xmrig\","), "");
    assertEquals(new ObservedProcess("/tmp/xmrig", "xmrig", null, "bash", null), alert.process());
    assertEquals("/tmp/xmrig", alert.file());
    assertEquals(List.of("T1496"), alert.techniques());
  }

  @Test
  void aHookThatRunsWhenTheProgramHasStartedKeepsItsArguments() {
    String event =
        """
        {"process_tracepoint":{"process":{"binary":"/usr/bin/sh","arguments":"-c id"},
         "parent":{"binary":"/usr/sbin/nginx"},"subsys":"sched","event":"sched_process_exec",
         "policy_name":"p","args":[%s]},"node_name":"node-a","time":"2026-03-02T09:15:00Z"}
        """
            .formatted(binprm("\"path\":\"/usr/bin/dash\","));
    Alert alert = assertInstanceOf(Reading.Read.class, read(event)).alert();
    assertEquals(
        new ObservedProcess("/usr/bin/sh", "sh", "sh -c id", "nginx", null), alert.process());
    assertEquals(
        "x", kprobe("/tmp/x", "security_bprm_committed_creds", binprm(""), "").process().name());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\"path\":\"/memfd:x\","})
  void aProgramThatStartsFromMemoryAloneIsNamed(String path) {
    Alert alert = kprobe("/usr/bin/python3", "security_bprm_check", binprm(path), "");
    assertEquals(List.of("memfd"), alert.traits());
    assertEquals(List.of("T1620"), alert.techniques());
    assertEquals("python3", alert.process().parent());
  }

  @ParameterizedTest
  @CsvSource({"0, true", "1, false"})
  void aProgramWithoutANameInAnyFolderRanFromMemory(int links, boolean memfd) {
    String event =
        """
        {"process_kprobe":{"process":{"binary":"/proc/self/fd/3","binary_properties":{
         "file":{"inode":{"number":"7","links":%d}}}},"policy_name":"p","function_name":"tcp_close"},
         "node_name":"node-a","time":"2026-03-02T09:15:00Z"}
        """
            .formatted(links);
    Alert alert = assertInstanceOf(Reading.Read.class, read(event)).alert();
    assertEquals(memfd, alert.traits().contains("memfd"));
    assertEquals(memfd, alert.techniques().contains("T1620"));
  }

  /** Any program may be named cron. */
  @ParameterizedTest
  @CsvSource({
    "/usr/sbin/cron,   medium",
    "/usr/bin/apk,     medium",
    "/sbin/apk,        medium",
    "/bin/login,       medium",
    "/usr/lib/systemd/systemd, medium",
    "cron,             medium",
    "/tmp/cron,        high",
    "/dev/shm/apk,     high",
    "/home/x/usr/bin/apk, high",
    "/usr/bin/../../tmp/apk, high"
  })
  void aProgramThatManagesAccountsIsInAFolderOfTheSystem(String binary, String severity) {
    assertEquals(Severity.named(severity).orElseThrow(), file(binary, "/etc/shadow", 4).severity());
  }

  @Test
  void thePolicysTagsComeFirst() {
    Alert alert =
        kprobe("/usr/bin/cat", "do_init_module", "", ",\"tags\":[\"severity:low\",\"T1014\"]");
    assertEquals(Severity.LOW, alert.severity());
    assertEquals(List.of("T1014", "T1547.006"), alert.techniques());
  }

  @Test
  void eachHookFileAndPeerOfAPolicyIsAProblem() {
    String shadow = Fingerprint.of(file("/usr/bin/bash", "/etc/shadow", 4));
    assertNotEquals(shadow, Fingerprint.of(file("/usr/bin/bash", "/etc/cron.d/job", 2)));
    assertNotEquals(
        shadow,
        Fingerprint.of(
            kprobe(
                "/usr/bin/bash", "fd_install", "{\"file_arg\":{\"path\":\"/etc/shadow\"}}", "")));
    assertEquals(shadow, Fingerprint.of(file("/usr/bin/bash", "/etc/shadow", 4)));
    assertNotEquals(Fingerprint.of(connect("127.0.0.1")), Fingerprint.of(connect("203.0.113.66")));
  }

  @Test
  void theTitleNamesTheHookAndTheAuthorsMessage() {
    assertEquals(
        "tcp_connect: no connections",
        kprobe("/usr/bin/bash", "tcp_connect", "", ",\"message\":\"no connections\"").title());
  }

  @Test
  void whatTetragonStoppedIsBlocked() {
    assertTrue(
        kprobe("/usr/bin/bash", "tcp_connect", "", ",\"action\":\"KPROBE_ACTION_SIGKILL\"")
            .has(Trait.BLOCKED));
    assertFalse(
        kprobe("/usr/bin/bash", "tcp_connect", "", ",\"action\":\"KPROBE_ACTION_POST\"")
            .has(Trait.BLOCKED));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "process_throttle |"
            + " {\"process_throttle\":{\"type\":\"THROTTLE_START\",\"cgroup\":\"x\"},\"node_name\":\"node-a\",\"time\":\"2026-03-02T09:15:00Z\"}",
        "rate_limit_info  |"
            + " {\"rate_limit_info\":{\"number_of_dropped_process_events\":\"12\"},\"node_name\":\"node-a\",\"time\":\"2026-03-02T09:15:00Z\"}"
      })
  void whatTetragonDroppedIsTroubleOfTheEngine(String kind, String event) {
    Alert alert = assertInstanceOf(Reading.Read.class, read(event)).alert();
    assertEquals(AlertClass.HEALTH, alert.alertClass());
    assertEquals("Tetragon internal: " + kind, alert.rule());
    assertEquals("node-a", alert.target().node());
  }

  @Test
  void theEndOfAThrottlingIsNoAlert() {
    assertInstanceOf(
        Reading.Ignored.class, read("{\"process_throttle\":{\"type\":\"THROTTLE_STOP\"}}"));
  }
}
