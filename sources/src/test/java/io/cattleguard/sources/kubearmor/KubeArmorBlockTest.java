package io.cattleguard.sources.kubearmor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.events.Alert;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.Samples;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which events KubeArmor blocked, and which its policies only report. */
final class KubeArmorBlockTest {
  @ParameterizedTest
  @CsvSource({"MatchedPolicy, true", "MatchedHostPolicy, true", "ContainerLog, false"})
  void anEventOfAPolicyThatIsNotNamedIsAnAlertOfItsOperation(String type, boolean isAlert) {
    Reading reading =
        new AlertReader()
            .read(
                """
                {"Timestamp":1772442900,"ClusterName":"default","HostName":"node-a",
                 "NamespaceName":"shop","Type":"%s","Operation":"Process","Resource":"/bin/x"}
                """
                    .formatted(type),
                new Origin(null, Instant.EPOCH));
    assertEquals(isAlert, reading instanceof Reading.Read);
    if (reading instanceof Reading.Read read) {
      assertEquals("Process", read.alert().rule());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "memfd:x, true",
    "/memfd:x, true",
    "/proc/self/fd/3, true",
    "/proc/self/exe, false",
    "/tmp/memfd:x, false"
  })
  void aProgramInMemoryAloneIsNamed(String path, boolean memfd) {
    Alert alert =
        Samples.alert(
            """
            {"Timestamp":1772442900,"ClusterName":"default","HostName":"node-a","PolicyName":"p",
             "NamespaceName":"shop","Type":"MatchedPolicy","Operation":"Process",
             "Resource":"%s","ProcessName":"%s","Action":"Audit","Result":"Passed"}
            """
                .formatted(path, path));
    assertEquals(memfd, alert.traits().contains("memfd"));
  }

  @ParameterizedTest
  @CsvSource({
    "Block, Permission denied, true",
    "Block, '',                true",
    "Block, Passed,            false",
    "block, passed,            false",
    "Audit, Passed,            false",
    "Audit, Permission denied, false",
    "Allow, Permission denied, true",
    "Allow, Passed,            false",
    "'',    Permission denied, false"
  })
  void theActionAndTheResultDecide(String action, String result, boolean blocked) {
    Alert alert =
        Samples.alert(
            """
            {"Timestamp":1772442900,"ClusterName":"default","HostName":"node-a","PolicyName":"p",
             "NamespaceName":"shop","Type":"MatchedPolicy","Operation":"Process",
             "Resource":"/usr/bin/apt","Action":"%s","Result":"%s"}
            """
                .formatted(action, result));
    assertEquals(blocked, alert.has(Trait.BLOCKED));
  }
}
