package io.cattleguard.models.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.models.Entry;
import io.cattleguard.models.Entry.WrittenFile;
import io.cattleguard.models.Mode;
import io.cattleguard.models.Model;
import io.cattleguard.models.Risk;
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

/** Which files a policy keeps a container from writing. */
final class ProtectedFilesTest {
  private static Model model(Set<Entry.Kind> covers, int starts, String... files) {
    TreeMap<Entry, Sighting> entries = new TreeMap<>();
    for (String file : files) {
      entries.put(
          new WrittenFile(file),
          new Sighting(9, Instant.EPOCH, Instant.EPOCH, 3, starts, "", false, List.of(), false));
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

  private static final Set<Entry.Kind> ALL = EnumSet.allOf(Entry.Kind.class);

  @Test
  void everyProtectedFileIsARiskyOneSoThatAVolumeDoesNotHideIt() {
    ProtectedFiles files = ProtectedFiles.of(model(ALL, 3), true);
    for (String folder : files.folders()) {
      assertTrue(Risk.of(new WrittenFile(folder + "x")).rule().isRisky(), folder);
    }
    for (String file : files.files()) {
      assertTrue(Risk.of(new WrittenFile(file)).rule().isRisky(), file);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/etc/cron.d/renew,   3, true,  /etc/cron.d/renew,  ALLOWED",
    "/etc/cron.d/renew,   3, true,  /etc/cron.d/other,  BLOCKED",
    "/etc/cron.d/renew,   3, false, /etc/cron.d/other,  ALLOWED",
    "/etc/cron.d/renew,   1, true,  /etc/cron.d/renew,  BLOCKED",
    "/usr/bin/tool-*,     3, true,  /usr/bin/tool-7,    ALLOWED",
    "/usr/bin/tool-*,     3, true,  /usr/bin/sh,        BLOCKED",
    "/usr/bin/x {y},      3, true,  /usr/bin/sh,        ALLOWED",
    "/usr/*,              3, true,  /usr/bin/sh,        ALLOWED",
    "/usr/*,              3, true,  /etc/passwd,        BLOCKED",
    "/etc/passwd,         3, true,  /etc/passwd,        ALLOWED",
    "/etc/passwd,         3, true,  /etc/shadow,        BLOCKED",
    "/var/log/x,          3, true,  /var/log/y,         ALLOWED"
  })
  void whatTheModelWritesIsAllowed(
      String written, int starts, boolean exceptions, String seen, Effect effect) {
    assertEquals(
        effect,
        ProtectedFiles.of(model(ALL, starts, written), exceptions).effect(new WrittenFile(seen)));
  }

  @Test
  void withoutASourceThatToldOfFilesNoneIsProtected() {
    ProtectedFiles files = ProtectedFiles.of(model(EnumSet.of(Entry.Kind.EXECUTABLE), 3), true);
    assertTrue(files.isEmpty());
    assertEquals(Effect.ALLOWED, files.effect(new WrittenFile("/etc/passwd")));
  }
}
