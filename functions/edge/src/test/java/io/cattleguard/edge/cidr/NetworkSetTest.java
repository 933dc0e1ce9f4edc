package io.cattleguard.edge.cidr;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NetworkSetTest {
  private static Cidr network(String text) {
    return Cidr.parseNetworkOrAddress(text).orElseThrow();
  }

  private static IpAddress address(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  /** The set gives the same answers as a list of the same networks. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void containsWhatOneOfItsNetworksContains(int seed) {
    Random random = new Random(seed);
    List<Cidr> networks =
        IntStream.range(0, 50)
            .mapToObj(
                i ->
                    network(
                        i % 5 == 0
                            ? "2001:db8:" + Integer.toHexString(random.nextInt(8)) + "::/48"
                            : "198.51." + random.nextInt(4) + ".0/" + (20 + random.nextInt(8))))
            .toList();
    NetworkSet set = new NetworkSet(networks);

    for (int i = 0; i < 500; i++) {
      IpAddress one =
          address(
              i % 5 == 0
                  ? "2001:db8:" + Integer.toHexString(random.nextInt(16)) + "::7"
                  : "198.51." + random.nextInt(8) + "." + random.nextInt(256));
      assertEquals(networks.stream().anyMatch(network -> network.contains(one)), set.contains(one));
    }
  }

  @Test
  void aNetworkOfOneFamilyContainsNoAddressOfTheOther() {
    NetworkSet set = new NetworkSet(List.of(network("0.0.0.0/0"), network("2001:db8::/120")));

    assertEquals(false, set.contains(address("2001:db9::1")));
    assertEquals(true, set.contains(address("203.0.113.9")));
    assertEquals(false, new NetworkSet(List.of(network("::/100"))).contains(address("0.0.0.1")));
  }
}
