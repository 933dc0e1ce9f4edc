package io.cattleguard.respond.ledger;

final class InMemoryLedgerTest extends LedgerContract {
  @Override
  protected Ledger ledger() {
    return new InMemoryLedger();
  }
}
