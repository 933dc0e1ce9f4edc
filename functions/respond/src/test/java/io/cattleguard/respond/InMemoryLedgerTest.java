package io.cattleguard.respond;

final class InMemoryLedgerTest extends LedgerContract {
  @Override
  protected Ledger ledger() {
    return new InMemoryLedger();
  }
}
