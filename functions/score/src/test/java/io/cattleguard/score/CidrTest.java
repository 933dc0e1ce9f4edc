package io.cattleguard.score;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
    "203.0.113.7, 203.0.113.7, true",
    "203.0.113.7, 203.0.113.8, false",
    "203.0.113.7/32, 203.0.113.7, true",
    "198.51.96.0/20, 198.51.111.255, true",
    "198.51.96.0/20, 198.51.112.0, false",
    "0.0.0.0/0, 192.0.2.1, true",
    "0.0.0.0/0, 2001:db8::1, false",
    "2001:db8::/32, 2001:db8:ffff::1, true",
    "2001:db8::/32, 2001:db9::1, false",
    "2001:db8::/33, 2001:db8:8000::, false",
    "2001:db8::1, 2001:DB8:0:0::1, true",
    "203.0.113.0/24, ::ffff:203.0.113.9, true",
    "203.0.113.0/24, example.com, false",
  })
  void anAddressLiesInItOrNot(String network, String address, boolean within) {
    assertEquals(within, Cidr.parse(network).orElseThrow().contains(Cidr.address(address)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "/24",
        "203.0.113.0/",
        "203.0.113.0/33",
        "203.0.113.0/-1",
        "203.0.113.0/2 4",
        "203.0.113",
        "203.0.113.0.1",
        "203.0.113.256",
        "203.0.113.+1",
        "203.0.113.٣",
        "203..113.1",
        "2001:db8::/129",
        "2001:db8::zz",
        "localhost",
        "localhost:80",
        "fe80::1%lo",
        "[::1]",
        "not:an.address.example.com",
      })
  void whatIsNoNetworkIsRefusedAndNeverLookedUp(String text) {
    long before = System.nanoTime();

    assertEquals(true, Cidr.parse(text).isEmpty());
    assertEquals(0, text.contains("/") ? 0 : Cidr.address(text).length);

    assertEquals(true, System.nanoTime() - before < 1_000_000_000L, "no name server was asked");
  }
}
