package io.cattleguard.sources.falco;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.FalcoEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests details of Falco's events that affect deduplication or the score. */
final class FalcoDetailsTest {
  private static FalcoEvent event() {
    return new FalcoEvent("Any rule", "Notice");
  }

  private static FalcoEvent pod(String pod, String container) {
    return event()
        .field("k8s.ns.name", "shop")
        .field("k8s.pod.name", pod)
        .field("container.id", container)
        .field("container.name", container)
        .process("sh", "/bin/sh", "sh", "app");
  }

  @Test
  void aRestartOfAContainerWhoseNameIsItsIdIsTheSameProblem() {
    Alert first = pod("web-7c8d9f5b6d-x2x4k", "3f1c2ab97d10").read();
    Alert second = pod("web-7c8d9f5b6d-z9w8m", "9aa1c2ab97d1").read();

    assertNull(first.target().containerName());
    assertEquals("3f1c2ab97d10", first.target().containerId());
    assertEquals(Fingerprint.of(first), Fingerprint.of(second));
  }

  @Test
  void aNameThatIsNoIdStays() {
    Alert alert =
        event().field("container.id", "3f1c2ab97d10").field("container.name", "web").read();
    assertEquals("web", alert.target().containerName());
  }

  @ParameterizedTest
  @CsvSource({
    "web-f97684547-64245,     web-f97684547-x2x4k",
    "web-f97684547-64245,     web-7c8d9f5b6d-22222",
    "web-7c8d9f5b6d-x2x4k,    web-7c8d9f5b6d-64245"
  })
  void aPodSuffixOfDigitsIsGeneratedLikeAnyOther(String one, String other) {
    assertEquals(
        Fingerprint.of(pod(one, "3f1c2ab97d10").read()),
        Fingerprint.of(pod(other, "9aa1c2ab97d1").read()));
  }

  @Test
  void anOrdinalIsNotPartOfADeployment() {
    assertNotEquals(
        Fingerprint.of(pod("db-f97684547-1", "3f1c2ab97d10").read()),
        Fingerprint.of(pod("db-x2x4k", "3f1c2ab97d10").read()));
    assertNotEquals(
        Fingerprint.of(pod("db-postgres1-10000", "3f1c2ab97d10").read()),
        Fingerprint.of(pod("db-0", "3f1c2ab97d10").read()));
  }

  /** A probe uses {@code bash -c '</dev/tcp/127.0.0.1/8080'}. */
  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:51234->127.0.0.1:8080,",
    "127.0.0.1:51234->127.8.8.8:8080,",
    "::1:51234->::1:8080,",
    "::ffff:127.0.0.1:51234->::ffff:127.0.0.1:8080,",
    "10.0.0.7:51234->203.0.113.9:4444, 203.0.113.9",
    "10.0.0.7:51234->128.0.0.1:4444,   128.0.0.1"
  })
  void aProbeOfLoopbackTalksToNoPeer(String connection, @Nullable String peer) {
    Alert alert =
        event()
            .field("evt.type", "connect")
            .field("fd.name", connection)
            .field("fd.l4proto", "tcp")
            .process("bash", "/bin/bash", "bash -i", "sh")
            .read();
    assertEquals(peer, alert.network().peer());
    assertEquals(peer == null, alert.network().port() == null);
    assertEquals("tcp", alert.network().protocol());
    assertEquals("outbound", alert.network().direction());
    assertEquals(peer != null, alert.techniques().contains("T1059.004"));
  }

  @Test
  void programsThatExistInMemoryOnlyAreOneProblemWhateverTheyAreCalled() {
    Alert one = event().process("3", "memfd:payload", "3", "sh").read();
    Alert other = event().process("4", "/memfd:xQz81 (deleted)", "4", "sh").read();
    assertEquals(Fingerprint.of(one), Fingerprint.of(other));
  }

  @Test
  void anotherPodOfFalcoOnItsHostIsNotAnotherProblem() {
    FalcoEvent event = event().process("bash", "/bin/bash", "bash", "sshd");
    String first = Fingerprint.of(event.hostname("falco-4cvkq").read());
    assertEquals(first, Fingerprint.of(event.hostname("falco-9zzkq").read()));
    assertNotEquals(first, Fingerprint.of(event.hostname("node-a").read()));
    assertNotEquals(
        Fingerprint.of(event.hostname("pool-4cvkq").read()),
        Fingerprint.of(event.hostname("pool-9zzkq").read()));
  }

  @Test
  void thePortOfACallerIsNotPartOfTheProblem() {
    FalcoEvent event = event().field("fd.rip", "198.51.100.7");
    assertEquals(
        Fingerprint.of(event.field("fd.rport", 51_200).read()),
        Fingerprint.of(event.field("fd.rport", 40_001).read()));
    assertNotEquals(
        Fingerprint.of(event.field("fd.rport", 443).read()),
        Fingerprint.of(event.field("fd.rport", 22).read()));
  }

  @ParameterizedTest
  @CsvSource({
    "EXE_WRITABLE|EXE_UPPER_LAYER, writable-executable dropped-executable",
    "EXE_WRITABLE|EXE_FROM_MEMFD,  writable-executable memfd",
    "O_RDONLY,                     ''"
  })
  void theFlagsOfAnExecutableAreTraits(String flags, String traits) {
    List<String> expected = traits.isEmpty() ? List.of() : List.of(traits.split(" ", -1));
    assertEquals(expected, event().field("evt.arg.flags", flags).read().traits());
  }

  @Test
  void anIpv4AddressThatIsWrittenAsIpv6IsTheSamePeer() {
    FalcoEvent event =
        event()
            .field("fd.name", "::ffff:10.0.3.7:51200->::ffff:198.51.100.7:9001")
            .field("fd.type", "ipv6");
    assertEquals("198.51.100.7", event.read().network().peer());
    assertEquals(9001, event.read().network().port());
    Alert other = event().field("fd.rip", "2001:db8::ffff:1").read();
    assertEquals("2001:db8::ffff:1", other.network().peer());
  }

  @Test
  void aNumberThatIsWrittenAsTextIsRead() {
    Alert alert = event().field("fd.rip", "198.51.100.7").field("fd.rport", "4444").read();
    assertEquals(4444, alert.network().port());
    assertTrue(event().field("proc.tty", "34816").read().traits().contains("interactive"));
    assertFalse(event().field("proc.tty", "0").read().traits().contains("interactive"));
    assertNull(
        event().field("fd.rip", "198.51.100.7").field("fd.rport", "70000").read().network().port());
  }

  @Test
  void theFileOfALinkIsWhatItLeadsTo() {
    Alert symlink =
        event().field("evt.arg.target", "/etc/shadow").field("evt.arg.linkpath", "/tmp/x").read();
    assertEquals("/etc/shadow", symlink.file());
    Alert hardlink =
        event().field("evt.arg.newpath", "/tmp/x").field("evt.arg.oldpath", "/etc/shadow").read();
    assertEquals("/etc/shadow", hardlink.file());
  }

  @Test
  void theFileOfAUnixSocketIsItsPath() {
    Alert alert =
        event()
            .field("fd.name", "ffff9c0b->ffff9c0c /var/run/docker.sock")
            .field("fd.type", "unix")
            .read();
    assertEquals("/var/run/docker.sock", alert.file());
    assertNull(alert.network().peer());
  }

  @Test
  void theTestEventOfFalcosidekickIsASampleAndNotTroubleOfTheSensor() {
    Alert alert = new FalcoEvent("Test rule", "Debug").source("internal").read();
    assertEquals(AlertClass.RUNTIME, alert.alertClass());
    assertEquals(List.of(Trait.SAMPLE.id()), alert.traits());
    Alert drop =
        new FalcoEvent("Falco internal: syscall event drop", "Debug").source("internal").read();
    assertEquals(AlertClass.HEALTH, drop.alertClass());
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "xmrig,   /tmp/a,            a,                                          true",
    "a,       /tmp/xmrig-6.20,   a,                                          true",
    "x,       /tmp/x,            x -o stratum+tcp://pool.example.com:3333,   true",
    "x,       /tmp/x,            x --donate-level 1,                         true",
    "grep,    /bin/grep,         grep stratum+tcp:// /etc,                   false",
    "python3, /usr/bin/python3,  python3 app.py,                             false"
  })
  void aMinerIsAMinerWhicheverRuleSeesIt(
      String name, String path, String commandLine, boolean mines) {
    Alert alert =
        new FalcoEvent("Drop and execute new binary in container", "Critical", "TA0003")
            .process(name, path, commandLine, "sh")
            .read();
    assertEquals(mines, alert.techniques().contains("T1496"));
    assertEquals(mines, alert.tactics().contains("TA0040"));
  }
}
