package io.cattleguard.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.respond.Operations;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.respond.ledger.Ledger;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ListingsTest {
  /** An entry that a newer version wrote before it was rolled back. */
  @Test
  void promise10AContainmentThatCannotBeReadIsListed() {
    InMemoryLedger read = new InMemoryLedger();
    Ledger ledger =
        (Ledger)
            Proxy.newProxyInstance(
                Ledger.class.getClassLoader(),
                new Class<?>[] {Ledger.class},
                (proxy, method, arguments) ->
                    method.getName().equals("unreadableContainments")
                        ? List.of("containment/isolate-pod/uid-1")
                        : method.invoke(read, arguments));

    Listing listing = Listings.contained(new Operations(Map.of("", ledger)));

    assertEquals(Optional.empty(), listing.note());
    assertEquals(
        List.of(
            "containment/isolate-pod/uid-1: in force; this version cannot read it, and a newer one"
                + " releases it"),
        listing.entries().stream().map(Listing.Entry::line).toList());
  }
}
