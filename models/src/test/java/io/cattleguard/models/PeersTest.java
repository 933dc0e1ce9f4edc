package io.cattleguard.models;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each way to write a peer leads to one form, because models compare peers as text. */
final class PeersTest {
  @ParameterizedTest
  @CsvSource({
    "10.1.2.3, private",
    "203.0.113.7, 203.0.113.0/24",
    "::ffff:10.1.2.3, private",
    "::FFFF:203.0.113.7, 203.0.113.0/24",
    "::ffff:169.254.169.254, 169.254.169.254/32",
    "2001:db8::1, 2001:db8:0::/48",
    "db.example.com,",
    "1..2.3,",
    "300.1.1.1,"
  })
  void anAddressIsOfANetworkAndAnythingElseOfNone(String address, String network) {
    assertEquals(
        Optional.ofNullable(network).map(name -> "peer:network:" + name + ":443"),
        Networks.peer(address, 443).map(EntryText::of));
  }

  @ParameterizedTest
  @CsvSource({
    "peer:service:shop/db:5432, true",
    "peer:service:db:5432, false",
    "peer:dns:api.example.com:443, true",
    "peer:dns:API.example.com:443, false",
    "peer:dns:api.example.com.:443, false",
    "peer:network:private:5432, true",
    "peer:network:public:any, true",
    "peer:network:Public:443, false",
    "peer:network:any:443, false",
    "peer:network:203.0.113.0/24:443, true",
    "peer:network:203.0.113.0/33:443, false",
    "peer:network:203.0.113.7:443, false",
    "peer:network:169.254.169.254/32:80, true",
    "peer:network:2001:db8:0::/48:443, true",
    "peer:network:2001:db8:0::/129:443, false",
    "peer:network:300.0.0.0/8:443, false"
  })
  void aPeerThatNoBehaviourHasIsNoEntry(String word, boolean isEntry) {
    assertEquals(
        isEntry ? Optional.of(word) : Optional.empty(), EntryText.parse(word).map(EntryText::of));
  }
}
