package io.cattleguard.edge.cidr;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import inet.ipaddr.AddressStringParameters.RangeParameters;
import inet.ipaddr.IPAddress;
import inet.ipaddr.IPAddressString;
import inet.ipaddr.IPAddressStringParameters;
import inet.ipaddr.ipv4.IPv4Address;
import inet.ipaddr.ipv6.IPv6Address;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class IpAddressTest {
  private static final IPAddressStringParameters STRICT = strict(false);
  private static final IPAddressStringParameters STRICT_NETWORK = strict(true);

  private static final List<String> SEEDS =
      List.of(
          "203.0.113.9",
          "0.0.0.0",
          "255.255.255.255",
          "::",
          "::1",
          "1::",
          "2001:db8::7",
          "2001:DB8:0:0:1:2:3:4",
          "1:2:3:4:5:6:7::",
          "::2:3:4:5:6:7:8",
          "::ffff:203.0.113.9",
          "::ffff:cb00:7109",
          "64:ff9b::192.0.2.1",
          "1:2:3:4:5:6:192.0.2.1",
          "fe80::1%eth0",
          "203.0.113.0/24",
          "2001:db8::/33",
          "::ffff:203.0.113.0/120");

  private static final String ALPHABET = "0123456789abcdefABCDEF::::....//%xg";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "203.0.113",
        "203.0.113.0.1",
        "203.0.113.256",
        "203.0.113.+1",
        "203.0.113.٣",
        "203.0.113.01",
        "203..113.1",
        "1.2.3.4:80",
        "2001:db8::zz",
        "2001:db8:",
        ":2001:db8::",
        "1::2::3",
        ":::",
        ".::1",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "::1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7:192.0.2.1",
        "::192.0.2.1:1",
        "::192.0.2.256",
        "::12345",
        "::١",
        "localhost",
        "localhost:80",
        "fe80::1%lo",
        "[::1]",
        "not:an.address.example.com"
      })
  void whatIsNoAddressIsRefused(String text) {
    assertEquals(Optional.empty(), IpAddress.parse(text));
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.2.3, true",
    "11.0.0.1, false",
    "172.31.255.255, true",
    "172.32.0.0, false",
    "192.168.0.1, true",
    "192.169.0.1, false",
    "100.127.0.1, true",
    "100.128.0.1, false",
    "fd00::1, true",
    "fe00::1, false",
    "::ffff:10.1.2.3, true",
    "203.0.113.9, false"
  })
  void anAddressIsPrivateOrTheInternetRoutesIt(String address, boolean isPrivate) {
    assertEquals(isPrivate, IpAddress.parse(address).orElseThrow().isPrivate());
  }

  @Test
  void aMappedAddressEqualsTheIpv4Address() {
    IpAddress address = IpAddress.parse("203.0.113.9").orElseThrow();

    assertEquals(address, IpAddress.parse("::ffff:203.0.113.9").orElseThrow());
    assertEquals(
        address.hashCode(), IpAddress.parse("0:0:0:0:0:FFFF:cb00:7109").orElseThrow().hashCode());
  }

  /**
   * The library is slow to load, so only this test uses it, to check our implementation: see
   * RATIONALE.md.
   */
  @Test
  void theIpaddressLibraryReadsTheSame() {
    Random random = new Random(4_291);
    int read = 0;
    for (int i = 0; i < 20_000; i++) {
      String text = mutated(random);
      Optional<IPAddress> theirs = theirs(text, STRICT);
      Optional<IpAddress> ours = IpAddress.parse(text);

      assertEquals(theirs.isPresent(), ours.isPresent(), text);
      if (ours.isPresent()) {
        assertArrayEquals(theirs.orElseThrow().getBytes(), ours.get().bytes(), text);
        read++;
      }
    }
    assertTrue(read > 2_000, read + " of 20,000 are addresses");
  }

  @Test
  void theIpaddressLibraryFindsTheSameAddressesInANetwork() {
    Random random = new Random(4_632);
    int contained = 0;
    for (int i = 0; i < 2_000; i++) {
      boolean ipv4 = random.nextBoolean();
      byte[] bytes = new byte[ipv4 ? 4 : 16];
      random.nextBytes(bytes);
      int prefix = random.nextInt(bytes.length * 8 + 1);
      String network = text(bytes) + "/" + prefix;
      if (random.nextInt(4) > 0) {
        int bit = random.nextInt(bytes.length * 8);
        bytes[bit / 8] ^= (byte) (0x80 >> bit % 8);
      }
      String address = text(bytes);
      boolean theirs =
          theirs(network, STRICT_NETWORK)
              .orElseThrow()
              .toPrefixBlock()
              .contains(theirs(address, STRICT).orElseThrow());

      assertEquals(
          theirs, Cidr.parse(network).orElseThrow().contains(address), network + " " + address);
      contained += theirs ? 1 : 0;
    }
    assertTrue(contained > 400 && contained < 1_600, contained + " of 2,000 are contained");
  }

  private static String text(byte[] bytes) {
    return bytes.length == 4
        ? new IPv4Address(bytes).toString()
        : new IPv6Address(bytes).toString();
  }

  private static String mutated(Random random) {
    StringBuilder text = new StringBuilder(SEEDS.get(random.nextInt(SEEDS.size())));
    for (int edits = random.nextInt(4); edits > 0; edits--) {
      int at = random.nextInt(text.length() + 1);
      char c = ALPHABET.charAt(random.nextInt(ALPHABET.length()));
      switch (random.nextInt(3)) {
        case 0 -> text.insert(at, c);
        case 1 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(3)));
        default -> text.replace(at, Math.min(text.length(), at + 1), String.valueOf(c));
      }
    }
    return text.toString();
  }

  private static Optional<IPAddress> theirs(String text, IPAddressStringParameters parameters) {
    Optional<IPAddress> address =
        Optional.ofNullable(new IPAddressString(text, parameters).getAddress());
    return address.map(
        it ->
            it.isIPv6() && it.toIPv6().isIPv4Mapped() && !it.isPrefixed()
                ? it.toIPv6().getEmbeddedIPv4Address()
                : it);
  }

  private static IPAddressStringParameters strict(boolean prefix) {
    return new IPAddressStringParameters.Builder()
        .allowAll(false)
        .allowEmpty(false)
        .allowMask(false)
        .allowPrefix(prefix)
        .allowPrefixOnly(false)
        .allowSingleSegment(false)
        .allowWildcardedSeparator(false)
        .allow_inet_aton(false)
        .setRangeOptions(RangeParameters.NO_RANGE)
        .getIPv4AddressParametersBuilder()
        .allowBinary(false)
        .allowLeadingZeros(false)
        .getParentBuilder()
        .getIPv6AddressParametersBuilder()
        .allowBase85(false)
        .allowBinary(false)
        .allowUnlimitedLeadingZeros(false)
        .allowZone(false)
        .getEmbeddedIPv4AddressParametersBuilder()
        .allowLeadingZeros(false)
        .getEmbeddedIPv4AddressParentBuilder()
        .getParentBuilder()
        .toParams();
  }

  @ParameterizedTest
  @CsvSource({
    "203.0.113.9, 203.0.113.9, true",
    "::ffff:203.0.113.9, 203.0.113.9, true",
    "8.8.8.8, 8.8.8.8, true",
    "172.15.0.1, 172.15.0.1, true",
    "172.16.0.1, 172.16.0.1, false",
    "0.0.0.0, 0.0.0.0, false",
    "127.0.0.1, 127.0.0.1, false",
    "169.254.169.254, 169.254.169.254, false",
    "198.19.0.1, 198.19.0.1, false",
    "224.0.0.1, 224.0.0.1, false",
    "255.255.255.255, 255.255.255.255, false",
    "2001:DB8:0:0:1:0:0:7, 2001:db8::1:0:0:7, true",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1, true",
    "2000::, 2000::, true",
    "::, ::, false",
    "::1, ::1, false",
    "64:ff9b::192.0.2.1, 64:ff9b::c000:201, false",
    "fd00::7, fd00::7, false",
    "fe80::1, fe80::1, false",
    "ff02::1, ff02::1, false",
  })
  void anAddressHasOneTextAndIsPublicOrNot(String text, String canonical, boolean isPublic) {
    IpAddress address = IpAddress.parse(text).orElseThrow();

    assertEquals(canonical, address.toString());
    assertEquals(isPublic, address.isPublic());
    assertEquals(
        Optional.of(address), IpAddress.parse(address.asNetwork().replaceFirst("/.*", "")));
  }
}
