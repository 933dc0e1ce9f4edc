package io.cattleguard.sources;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.Alert;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TargetKey;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.text.StableName;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FingerprintTest {

  @Test
  void aFingerprintIsThirtyTwoHexadecimalDigits() {
    assertTrue(Fingerprint.of(TestAlerts.reverseShell("a")).matches("[0-9a-f]{32}"));
  }

  @ParameterizedTest(name = "{0} = {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "time | 2026-03-02T11:00:00.000000001Z",
        "output | something else entirely",
        "hostname | node-b",
        "k8s.pod.name | web-7c8d9f5b6d-p9p8z",
        "k8s.pod.name | web-59b8f6cdd4-p9p8z",
        "k8s.pod.uid | 9d4e2a7f-6c1d-4c53-9d4e-2a7f5f1f0a11",
        "container.id | 9ab73f1c2d10",
        "container.image.tag | 1.4.3",
        "proc.cmdline | bash -c 'rm /tmp/tmp.aX81kQ'",
        "proc.pname | httpd",
        "proc.pid | 8812",
        "user.name | root",
        "fd.name | 10.1.2.4:40001->203.0.113.7:4444",
        "evt.time.iso8601 | 1772442900000000000",
      })
  void whatVariesBetweenOtherwiseEqualAlertsIsNotInTheFingerprint(String field, String value) {
    assertEquals(
        Fingerprint.of(Intrusion.reverseShell().read()),
        Fingerprint.of(set(Intrusion.reverseShell(), field, value).read()));
  }

  @ParameterizedTest(name = "{0} = {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "rule | Terminal shell in container",
        "k8s.ns.name | bank",
        "k8s.deployment.name | cart",
        "container.name | sidecar",
        "proc.exepath | /usr/bin/zsh",
      })
  void whatMakesItAnotherProblemIsInTheFingerprint(String field, String value) {
    FalcoEvent other =
        field.equals("rule")
            ? Intrusion.shellInContainer()
            : set(Intrusion.reverseShell(), field, value);
    assertNotEquals(Fingerprint.of(Intrusion.reverseShell().read()), Fingerprint.of(other.read()));
  }

  private static FalcoEvent set(FalcoEvent event, String field, String value) {
    return switch (field) {
      case "hostname" -> event.hostname(value);
      case "time" -> event.time(java.time.Instant.parse(value));
      default -> event.field(field, value);
    };
  }

  /** Playbooks act on one of the two and not on the other, so they must not be merged. */
  @ParameterizedTest
  @ValueSource(strings = {"blocked", "model-under-review"})
  void whatPlaybooksDoNotActOnIsAnotherProblemThanWhatTheyActOn(String trait) {
    assertNotEquals(
        Fingerprint.of(TestAlerts.alert("a", "rule", Severity.HIGH).build()),
        Fingerprint.of(
            TestAlerts.alert("a", "rule", Severity.HIGH).traits(List.of(trait)).build()));
  }

  @Test
  void theSameInAnotherClusterIsAnotherProblem() {
    assertNotEquals(on(t -> t), on(t -> t.cluster("green")));
  }

  @Test
  void aHostIsItsNodeUnlessItsNameIsAContainersId() {
    UnaryOperator<Target.Builder> host =
        t -> t.namespace(null).pod(null).containerId(null).containerName(null).image(null);
    assertNotEquals(on(t -> host.apply(t).node("node-a")), on(t -> host.apply(t).node("node-b")));
    assertEquals(
        on(t -> host.apply(t).node("4f1c0ffee001")), on(t -> host.apply(t).node("0123456789ab")));
  }

  @Test
  void anAuditEventIsNotOfTheNodeThatReadTheLog() {
    assertEquals(bucket("node-a", "deployer"), bucket("node-b", "deployer"));
    assertNotEquals(bucket("node-a", "deployer"), bucket("node-a", "somebody"));
  }

  private static String bucket(String node, String principal) {
    return Fingerprint.of(
        new FalcoEvent("Bucket made public", "Critical")
            .source("aws_cloudtrail")
            .hostname(node)
            .field("ct.user", principal)
            .read());
  }

  @Test
  void anImageIsOfItsRepositoryWhateverItsTag() {
    UnaryOperator<Target.Builder> docker = t -> t.namespace(null).pod(null).containerName(null);
    assertEquals(
        on(t -> docker.apply(t).image("registry.example.com:5000/web:1")),
        on(t -> docker.apply(t).image("registry.example.com:5000/web:2")));
    assertNotEquals(
        on(t -> docker.apply(t).image("registry.example.com:5000/web:1")),
        on(t -> docker.apply(t).image("registry.example.com:5000/cart:1")));
  }

  private static String on(UnaryOperator<Target.Builder> change) {
    Target target = TestAlerts.reverseShell("a").target();
    return Fingerprint.of(
        TestAlerts.alert("a", "rule", Severity.HIGH)
            .target(change.apply(target.toBuilder()).build())
            .build());
  }

  @Test
  void aConnectionIsOfItsPeerAndPortButWhoCallsUsComesFromAnyPort() {
    assertNotEquals(peer("198.51.100.7", 4444, "outbound"), peer("198.51.100.7", 80, "outbound"));
    assertNotEquals(peer("198.51.100.7", 4444, "outbound"), peer("198.51.100.8", 4444, "outbound"));
    assertEquals(peer("198.51.100.7", 40001, "inbound"), peer("198.51.100.7", 40002, "inbound"));
  }

  private static String peer(String address, int port, String direction) {
    Alert bash = TestAlerts.reverseShell("a");
    return Fingerprint.of(
        new Alert(
            "a",
            bash.alertClass(),
            "tetragon",
            bash.rule(),
            bash.severity(),
            bash.tactics(),
            bash.techniques(),
            List.of(),
            bash.target(),
            io.cattleguard.events.ObservedProcess.UNKNOWN,
            new ObservedConnection(address, port, "tcp", direction),
            null,
            bash.observedAt(),
            1,
            bash.notes(),
            "{}"));
  }

  @ParameterizedTest(name = "{0} is {1}")
  @CsvSource({
    "/usr/bin/bash, /usr/bin/bash",
    "/usr/bin/python3.11, /usr/bin/python3.11",
    "/usr/bin/sha256sum, /usr/bin/sha256sum",
    "/usr/bin/md5sum, /usr/bin/md5sum",
    "/sbin/e2fsck, /sbin/e2fsck",
    "/usr/bin/x11vnc, /usr/bin/x11vnc",
    "/usr/bin/base64, /usr/bin/base64",
    "/usr/bin/bzip2recover, /usr/bin/bzip2recover",
    "/usr/lib/jvm/java-17-openjdk-amd64/bin/java, /usr/lib/jvm/java-17-openjdk-amd64/bin/java",
    "/usr/sbin/NetworkManager, /usr/sbin/NetworkManager",
    "/opt/ModemManager, /opt/ModemManager",
    "/usr/bin/PowerShell, /usr/bin/PowerShell",
    "/usr/lib/x86_64-linux-gnu/ld-2.31.so, /usr/lib/x86_64-linux-gnu/ld-2.31.so",
    "/tmp/kdevtmpfsi, /tmp/kdevtmpfsi",
    "/bin/falco-event-generator-syscall-DropAndExecute-FDo30N,"
        + " /bin/falco-event-generator-syscall-DropAndExecute-*",
    "/tmp/x-a81Kq2, /tmp/x-*",
    "/tmp/x-FDo30N, /tmp/x-*",
    "/tmp/tmp.aX81kQ9zLp, /tmp/tmp.*",
    "/tmp/tmpx7k2q9ab, /tmp/*",
    "/tmp/go-build123456789/b001/exe/main, /tmp/go-build*/b001/exe/main",
    "/proc/8812/exe, /proc/*/exe",
    "/proc/self/fd/7, /proc/self/fd/*",
    "/var/lib/4f1c0ffee001/run, /var/lib/*/run",
    "/pods/0b3f2c1e-6c1d-4c53-9d4e-2a7f5f1f0a11/x, /pods/*-*-*-*-*/x",
    "/tmp/-x2x4k/, /tmp/-*/",
    "/tmp/übung, /tmp/übung"
  })
  void whatIsGeneratedInANameIsLeftOut(String name, String stable) {
    assertEquals(stable, StableName.ofProgram(name));
  }

  @ParameterizedTest(name = "{0} {1} {2} {3} {4} is {5}")
  @CsvSource({
    "u-1, shop, web-0, 4f1c, , u-1",
    ",    shop, web-0, 4f1c, , shop/web-0/4f1c",
    ",    shop, web-0, , , shop/web-0",
    ",    , , 4f1c, , 4f1c",
    ",    , , , i-0abc, 111122223333/i-0abc",
    ",    , , , , node-a"
  })
  void anObjectIsTheNarrowestThingThatTheAlertNames(
      String uid, String namespace, String pod, String container, String instance, String key) {
    Target target =
        Target.builder()
            .node("node-a")
            .account(instance == null ? null : "111122223333")
            .podUid(uid)
            .namespace(namespace)
            .pod(pod)
            .containerId(container)
            .instance(instance)
            .build();
    assertEquals(key, TargetKey.of(target));
  }

  @Test
  void anotherKeyOfAUserIsAnotherObjectAndAnotherSessionOfARoleIsNone() {
    Target.Builder target = Target.builder().principal("build");

    assertEquals(
        "build/AKIAIOSFODNN7EXAMPLE",
        TargetKey.of(target.accessKey("AKIAIOSFODNN7EXAMPLE").build()));
    assertEquals("build", TargetKey.of(target.accessKey("ASIAIOSFODNN7EXAMPLE").build()));
  }

  @Test
  void anObjectOfTheApiIsWhoCalledOnWhat() {
    Target.Builder target = Target.builder().node("node-a").principal("deployer").namespace("shop");

    assertEquals("deployer/shop", TargetKey.of(target.build()));
    assertEquals(
        "deployer/shop/Deployment/web", TargetKey.of(target.workload("Deployment/web").build()));
  }

  @Test
  void theKeyOfAnObjectIsBoundedAndStillItsOwn() {
    String one = TargetKey.of(Target.builder().podUid("x".repeat(2_000) + "1").build());
    String other = TargetKey.of(Target.builder().podUid("x".repeat(2_000) + "2").build());

    assertTrue(one.length() <= 256, one);
    assertNotEquals(one, other);
  }

  /** Otherwise the alert about the first peer would prevent the blocking of the others. */
  @ParameterizedTest
  @CsvSource({
    "guardduty,   inbound,  111122223333/i-0abc<198.51.100.7",
    "securityhub, inbound,  111122223333/i-0abc<198.51.100.7",
    "guardduty,   outbound, 111122223333/i-0abc",
    "tetragon,    inbound,  111122223333/i-0abc",
  })
  void thePeerOfAnInboundFindingIsPartOfTheObject(String source, String direction, String key) {
    Alert alert =
        TestAlerts.alert("a", "UnauthorizedAccess:EC2/SSHBruteForce", Severity.LOW)
            .source(source)
            .target(Target.builder().account("111122223333").instance("i-0abc").build())
            .network(new ObservedConnection("198.51.100.7", 40001, 22, "tcp", direction))
            .build();

    assertEquals(key, TargetKey.of(alert));
    assertEquals("111122223333/i-0abc", TargetKey.withoutPeer(TargetKey.of(alert)));
  }
}
