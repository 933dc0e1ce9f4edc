package io.cattleguard.score;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cattleguard.edge.cidr.IpAddress;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.events.ContractFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists of bad peers, as they are published. */
final class PeerListTest {
  @TempDir private Path directory;

  private ScoringPolicy policy(String list) throws IOException {
    Files.writeString(directory.resolve("peers.txt"), list);
    String shipped = Files.readString(ContractFiles.root().resolve("policy/scoring.yaml"));
    Files.writeString(
        directory.resolve("scoring.yaml"),
        shipped.replace("  addresses: []", "  addresses: []\n  files: [peers.txt]"));
    return ScoringPolicy.read(new PolicyFiles(directory));
  }

  @ParameterizedTest
  @CsvSource({
    "203.0.113.7, true",
    "203.0.113.8, false",
    "198.51.100.255, true",
    "2001:db8:1::1, true",
    "192.0.2.1, true",
    "10.1.2.3, false",
    "127.0.0.1, false",
    "169.254.169.254, false",
  })
  void anAddressPerLineWithCommentsAndLocalNetworksThatNeverCount(String peer, boolean listed)
      throws IOException {
    PeerList list =
        policy(
                """
                # a published list
                203.0.113.7
                198.51.100.0/24 ; SBL000001
                2001:db8:1::/48#v6

                \t192.0.2.0/24\textra
                10.0.0.0/8
                127.0.0.0/8
                169.254.0.0/16
                """)
            .peerLists()
            .getFirst();

    assertEquals("peers.txt", list.name());
    assertEquals(listed, list.contains(IpAddress.parse(peer).orElseThrow()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"evil.example", "203.0.113.7/33", "0.0.0.0/0", "2000::/3", "1.2.3.4,5"})
  void aLineThatIsNoAddressIsNamedWithItsPlace(String line) {
    PolicyException wrong =
        assertThrows(PolicyException.class, () -> policy("203.0.113.7\n" + line + "\n"));

    assertEquals(
        List.of("peers.txt:2"),
        wrong.errors().stream().map(error -> error.file() + ":" + error.line()).toList());
  }

  @Test
  void aFileThatDoesNotExistIsNamed() throws IOException {
    String shipped = Files.readString(ContractFiles.root().resolve("policy/scoring.yaml"));
    Files.writeString(
        directory.resolve("scoring.yaml"),
        shipped.replace("  addresses: []", "  addresses: []\n  files: [../peers.txt]"));

    PolicyException wrong =
        assertThrows(PolicyException.class, () -> ScoringPolicy.read(new PolicyFiles(directory)));

    assertEquals("scoring.yaml", wrong.errors().getFirst().file());
  }
}
