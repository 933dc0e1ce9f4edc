package io.cattleguard.respond.aws.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AddressRangeTest {
  @ParameterizedTest
  @CsvSource({
    "0.0.0.0/0, 203.0.113.9, true",
    "0.0.0.0/0, 2001:db8::7, false",
    "::/0, 2001:db8::7, true",
    "::/0, 203.0.113.9, false",
    "203.0.113.9/32, 203.0.113.9, true",
    "203.0.113.9/32, 203.0.113.8, false",
    "203.0.113.0/24, 203.0.113.255, true",
    "203.0.113.0/24, 203.0.114.0, false",
    "203.0.112.0/23, 203.0.113.1, true",
    "203.0.112.0/23, 203.0.114.1, false",
    "2001:db8::/33, 2001:db8:7fff::1, true",
    "2001:db8::/33, 2001:db8:8000::1, false",
    "203.0.113.0/33, 203.0.113.0, false",
    "203.0.113.0/-1, 203.0.113.0, false",
    "203.0.113.0, 203.0.113.0, false",
    "what/8, 203.0.113.0, false",
    "0.0.0.0/0, 999.0.113.9, false",
    "0.0.0.0/0, host.example.com, false",
    "0.0.0.0/0, 0x7f.1, false",
    "::/0, fe80::1%eth0, false",
    "'', '', false"
  })
  void aRangeContainsWhatItSaysAndNothingIsLookedUp(
      String cidr, String address, boolean contained) {
    assertEquals(contained, AddressRange.of(cidr).contains(address));
  }
}
