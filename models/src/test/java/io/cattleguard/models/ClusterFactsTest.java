package io.cattleguard.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.models.Entry.Peer;
import io.cattleguard.models.Entry.PeerKind;
import io.cattleguard.models.Entry.WrittenFile;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.parsing.Origin;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Peers are services, and files on volumes are nobody's, where the cluster's facts are known. */
final class ClusterFactsTest {
  private static final Instant AT = Instant.parse("2026-03-02T09:30:00Z");
  private static final Origin ORIGIN = new Origin("prod", AT);
  private static final Workload WEB = new Workload("prod", "shop", "Deployment", "web", "nginx");

  private static final ClusterFacts FACTS =
      ClusterFacts.parse(
          """
          # facts of prod
          service 10.96.0.20 shop/cache
          service fd00:10::20 shop/cache

          volume shop/Deployment/web/nginx /data
          volume shop/Deployment/web/nginx /data/host/scratch
          volume shop/Deployment/web/nginx /tmp
          node shop/Deployment/web/nginx /data/host
          """);

  private static List<String> of(String function, String arguments, String container) {
    String event =
        "{'process_kprobe':{'process':{'binary':'/usr/sbin/nginx','pod':{'namespace':'shop',"
            + "'name':'web-7d4b9c6f5-x2k9p','workload':'web','workload_kind':'Deployment',"
            + "'container':{'id':'containerd://0123456789abcdef','name':'"
            + container
            + "'}}},'parent':{'binary':'/usr/sbin/nginx'},'function_name':'"
            + function
            + "','policy_name':'p','args':["
            + arguments
            + "]},'node_name':'n1','time':'2026-03-02T09:30:00Z'}";
    return new Observations(new AlertReader(), FACTS, FACTS)
        .of(event.replace('\'', '"'), ORIGIN).stream()
            .map(seen -> EntryText.of(seen.entry()))
            .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "10.96.0.20,        peer:service:shop/cache:6379",
    "::ffff:10.96.0.20, peer:service:shop/cache:6379",
    "fd00:10::20,       peer:service:shop/cache:6379",
    "10.96.0.21,        peer:network:private:6379"
  })
  void anAddressOfAServiceIsTheService(String address, String entry) {
    assertEquals(
        List.of(entry),
        of(
            "tcp_connect",
            "{'sock_arg':{'sport':40000,'daddr':'" + address + "','dport':6379}}",
            "nginx"));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "/data/a/b,                  nginx,   ``",
        "/tmp/x1,                    nginx,   ``",
        "/database,                  nginx,   file:/database",
        "/data/host/a,               nginx,   file:/data/host/a",
        "/data/hosts,                nginx,   ``",
        "/data/host/scratch/a,       nginx,   ``",
        "/data/../etc/motd,          nginx,   file:/data/../etc/motd",
        "/data//host/a,              nginx,   file:/data//host/a",
        "/data/./host/a,             nginx,   file:/data/./host/a",
        "/data/.ssh/authorized_keys, nginx,   file:/data/.ssh/authorized_keys",
        "/data/a/b,                  sidecar, file:/data/a/b"
      })
  void aFileOnAVolumeIsNoEntryUnlessItGrantsAccess(String path, String container, String entry) {
    assertEquals(
        entry.isEmpty() ? List.of() : List.of(entry),
        of(
            "security_file_permission",
            "{'file_arg':{'path':'" + path + "'}},{'int_arg':2}",
            container));
  }

  private static Model model(Entry... entries) {
    TreeMap<Entry, Sighting> all = new TreeMap<>();
    for (Entry entry : entries) {
      all.put(entry, new Sighting(9, AT, AT, 3, 3, "", false, List.of(), false));
    }
    return new Model(
        WEB,
        Mode.OBSERVING,
        "",
        AT,
        AT,
        AT,
        List.of(),
        List.of("a", "b", "c"),
        all,
        EnumSet.allOf(Entry.Kind.class),
        Map.of());
  }

  private static boolean deviates(Model model, Entry entry) {
    return Deviations.of(
            model, new Observation(WEB, entry, Phase.RUNNING, AT, "web-a", "a", null, null, 1))
        .isPresent();
  }

  @ParameterizedTest
  @CsvSource({
    "peer:network:private:6379,   peer:service:shop/cache:6379, false",
    "peer:network:private:any,    peer:service:shop/cache:6379, false",
    "peer:network:private:5432,   peer:service:shop/cache:6379, true",
    "peer:service:shop/cache:6379, peer:network:private:6379,   false",
    "peer:service:shop/cache:6379, peer:network:private:5432,   true",
    "peer:service:shop/cache:6379, peer:service:shop/db:6379,   true",
    "peer:service:shop/cache:6379, peer:network:203.0.113.0/24:6379, true"
  })
  void aSourceThatNamesServicesAndOneThatDoesNotAgree(String known, String seen, boolean deviates) {
    assertEquals(
        deviates,
        deviates(model(EntryText.parse(known).orElseThrow()), EntryText.parse(seen).orElseThrow()));
  }

  @Test
  void aModelLosesTheFilesOnVolumesButNotWhatAPersonAccepted() {
    Model model =
        model(
                new WrittenFile("/data/a"),
                new WrittenFile("/var/log/a"),
                new Peer(PeerKind.NETWORK, "private", 6379))
            .accepting(new WrittenFile("/data/b"), AT);
    assertEquals(
        List.of("peer:network:private:6379", "file:/data/b", "file:/var/log/a"),
        FACTS.withoutVolumes(model).entries().keySet().stream().map(EntryText::of).toList());
  }

  @Test
  void theTextIsReadBack() {
    assertEquals(FACTS, ClusterFacts.parse(FACTS.text()));
    assertEquals("", ClusterFacts.NONE.text());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "service 10.0.0.1",
        "service shop/cache 10.0.0.1",
        "service 10.0.0.1 shop/cache extra",
        "volume shop/Deployment/web/nginx /",
        "volume shop/Deployment/web/nginx data",
        "volume web /data",
        "volume shop/Deployment/web/nginx /a\u0007b",
        "node n1",
        "node shop/Deployment/web/nginx /"
      })
  void aWrongLineIsNamed(String line) {
    IllegalArgumentException wrong =
        assertThrows(
            IllegalArgumentException.class, () -> ClusterFacts.parse("# comment\n" + line + "\n"));
    assertTrue(
        String.valueOf(wrong.getMessage()).startsWith("line 2: expected service"),
        wrong.getMessage());
  }
}
