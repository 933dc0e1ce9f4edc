package io.cattleguard.respond;

final class InMemoryLedgerTest extends LedgerContract {
  @Override
  Ledger ledger() {
    return new InMemoryLedger();
  }
}
