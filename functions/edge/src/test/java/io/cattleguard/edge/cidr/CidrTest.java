package io.cattleguard.edge.cidr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CidrTest {
  @ParameterizedTest
  @CsvSource({
    "203.0.113.0/24, 203.0.113.0, true",
    "203.0.113.0/24, 203.0.113.255, true",
    "203.0.113.0/24, 203.0.114.0, false",
    "203.0.113.0/25, 203.0.113.127, true",
    "203.0.113.0/25, 203.0.113.128, false",
    "203.0.113.9/24, 203.0.113.7, true",
    "203.0.113.200/25, 203.0.113.128, true",
    "203.0.113.200/25, 203.0.113.127, false",
    "203.0.113.7/32, 203.0.113.7, true",
    "203.0.113.9/32, 203.0.113.8, false",
    "203.0.112.0/23, 203.0.113.1, true",
    "203.0.112.0/23, 203.0.114.1, false",
    "198.51.96.0/20, 198.51.111.255, true",
    "198.51.96.0/20, 198.51.112.0, false",
    "0.0.0.0/0, 203.0.113.9, true",
    "0.0.0.0/0, 2001:db8::7, false",
    "::/0, 2001:db8::7, true",
    "::/0, 203.0.113.9, false",
    "2001:db8::/32, 2001:db8:ffff::1, true",
    "2001:db8::/32, 2001:db9::1, false",
    "2001:db8::/33, 2001:db8:7fff::1, true",
    "2001:db8::/33, 2001:db8:8000::, false",
    "2001:db8::1/128, 2001:DB8:0:0::1, true",
    "203.0.113.0/24, ::ffff:203.0.113.9, true",
    "203.0.113.0/24, ::ffff:cb00:7109, true",
    "::ffff:203.0.113.0/120, 203.0.113.9, true",
    "::ffff:203.0.113.0/120, 203.0.114.9, false",
    "::ffff:0.0.0.0/96, 192.0.2.1, true",
    "0.0.0.0/0, 999.0.113.9, false",
    "0.0.0.0/0, host.example.com, false",
    "0.0.0.0/0, 0x7f.1, false",
    "0.0.0.0/0, 010.0.0.1, false",
    "::/0, fe80::1%eth0, false",
    "0.0.0.0/0, '', false"
  })
  void aNetworkContainsItsAddressesAndNoOtherText(String network, String text, boolean contained) {
    Cidr cidr = Cidr.parse(network).orElseThrow();

    assertEquals(contained, cidr.contains(text));
    assertEquals(contained, IpAddress.parse(text).filter(cidr::contains).isPresent());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "/24",
        "what/8",
        "203.0.113.0/",
        "203.0.113.0/33",
        "203.0.113.0/-1",
        "203.0.113.0/+8",
        "203.0.113.0/2 4",
        "203.0.113.0/024",
        "203.0.113.0/24/24",
        "203.0.113/24",
        "2001:db8::/129",
        "::ffff:203.0.113.0/95",
        "::ffff:203.0.113.0/24",
        "fe80::1%lo/64",
        "localhost/8"
      })
  void whatIsNoNetworkIsRefused(String text) {
    assertEquals(Optional.empty(), Cidr.parse(text));
    assertEquals(Optional.empty(), Cidr.parseNetworkOrAddress(text));
  }

  @ParameterizedTest
  @CsvSource({
    "203.0.113.7, 203.0.113.7, true",
    "203.0.113.7, 203.0.113.8, false",
    "2001:db8::1, 2001:DB8:0:0::1, true",
    "2001:db8::1, 2001:db8::2, false",
    "::ffff:203.0.113.7, 203.0.113.7, true",
    "203.0.113.0/24, 203.0.113.9, true"
  })
  void aSingleAddressIsANetworkOnlyWhereItMayBe(String text, String address, boolean contained) {
    assertEquals(contained, Cidr.parseNetworkOrAddress(text).orElseThrow().contains(address));
    assertEquals(text.contains("/"), Cidr.parse(text).isPresent());
  }

  @Test
  void networksOfTheSameAddressesAreEqual() {
    Cidr network = Cidr.parse("203.0.113.0/24").orElseThrow();

    assertEquals(network, Cidr.parse("203.0.113.9/24").orElseThrow());
    assertEquals(network, Cidr.parse("::ffff:203.0.113.0/120").orElseThrow());
    assertEquals(network.hashCode(), Cidr.parse("203.0.113.9/24").orElseThrow().hashCode());
    assertNotEquals(network, Cidr.parse("203.0.113.0/25").orElseThrow());
    assertNotEquals(network, Cidr.parse("203.0.112.0/24").orElseThrow());
  }
}
