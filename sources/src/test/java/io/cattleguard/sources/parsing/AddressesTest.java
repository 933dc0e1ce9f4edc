package io.cattleguard.sources.parsing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A text that only resembles an address is none, because what reads it computes with its parts. */
final class AddressesTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.1, true",
    "255.255.255.255, true",
    "010.0.0.1, true",
    "::, true",
    "::1, true",
    "fe80::1, true",
    "2001:DB8:0:0:0:0:0:1, true",
    "::ffff:10.0.0.1, true",
    "300.1.1.1, false",
    "1..2.3, false",
    "99999999999.1.1.1, false",
    "1.2.3, false",
    "1.2.3.4.5, false",
    "12345::1, false",
    "1:2, false",
    ":10.0.0.1, false",
    "::ffff:10.0.0, false",
    "::g, false",
    "a.b.c.d, false",
    "example.com, false",
    "'', false"
  })
  void onlyAnAddressIsOne(String text, boolean expected) {
    assertEquals(expected, Addresses.isAddress(text));
  }
}
