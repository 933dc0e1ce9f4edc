package io.cattleguard.models.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.cattleguard.models.Entry;
import io.cattleguard.models.EntryText;
import io.cattleguard.models.Mode;
import io.cattleguard.models.Model;
import io.cattleguard.models.Sighting;
import io.cattleguard.models.Workload;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an engine that compares addresses and ports does with peers. */
final class AllowedConnectionsTest {
  private static Model model(Set<Entry.Kind> covers, String... peers) {
    TreeMap<Entry, Sighting> entries = new TreeMap<>();
    for (String peer : peers) {
      entries.put(
          EntryText.parse(peer).orElseThrow(),
          new Sighting(9, Instant.EPOCH, Instant.EPOCH, 3, 3, "", false, List.of(), false));
    }
    return new Model(
        new Workload("prod", "shop", "Deployment", "web", "nginx"),
        Mode.ENFORCING,
        "",
        Instant.EPOCH,
        Instant.EPOCH,
        Instant.EPOCH,
        List.of(),
        List.of(),
        entries,
        covers,
        Map.of());
  }

  @ParameterizedTest
  @CsvSource({
    "peer:network:private:5432,       peer:network:private:5432,         ALLOWED",
    "peer:network:private:5432,       peer:service:shop/db:5432,         ALLOWED",
    "peer:network:private:5432,       peer:network:private:5433,         BLOCKED",
    "peer:network:private:5432,       peer:network:203.0.113.0/24:5432,  BLOCKED",
    "peer:network:private:ephemeral,  peer:network:private:ephemeral,    ALLOWED",
    "peer:network:private:any,        peer:network:private:7,            ALLOWED",
    "peer:network:203.0.113.0/24:443, peer:network:203.0.113.0/24:443,   ALLOWED",
    "peer:network:203.0.113.0/24:443, peer:network:198.51.100.0/24:443,  BLOCKED",
    "peer:network:203.0.113.0/24:443, peer:dns:api.example.com:443,      UNKNOWN",
    "peer:network:203.0.113.0/24:443, peer:dns:api.example.com:444,      BLOCKED",
    "peer:network:203.0.113.0/24:443, peer:dns:api.example.com,          ALLOWED",
    "peer:network:10.1.0.0/16:5432,   peer:network:private:5432,         UNKNOWN",
    "peer:network:public:443,         peer:network:198.51.100.0/24:443,  ALLOWED",
    "peer:network:public:443,         peer:network:private:443,          BLOCKED",
    "peer:network:public:443,         peer:network:169.254.169.254/32:443, BLOCKED",
    "peer:dns:api.example.com:443,    peer:network:198.51.100.0/24:443,  ALLOWED",
    "peer:dns:api.example.com:443,    peer:network:198.51.100.0/24:22,   BLOCKED",
    "peer:service:shop/db:5432,       peer:network:private:9999,         ALLOWED",
    "peer:network:private:5432,       peer:network:private:53,           ALLOWED",
    "peer:network:private:5432,       peer:network:8.8.8.0/24:53,        BLOCKED"
  })
  void aPeerIsAllowedByItsAddressAndPort(String known, String seen, Effect effect) {
    assertEquals(
        effect,
        AllowedConnections.of(model(EnumSet.of(Entry.Kind.PEER), known))
            .effect(EntryText.parse(seen).orElseThrow()));
  }

  @Test
  void withoutASourceThatToldOfPeersNoneIsStopped() {
    AllowedConnections all =
        AllowedConnections.of(
            model(EnumSet.of(Entry.Kind.EXECUTABLE), "peer:network:private:5432"));
    assertFalse(all.restricts());
    assertEquals(
        Effect.ALLOWED,
        all.effect(EntryText.parse("peer:network:203.0.113.0/24:4444").orElseThrow()));
  }
}
