package io.cattleguard.record;

final class InMemoryIncidentsTest extends IncidentsContract {
  @Override
  protected Incidents incidents() {
    return new InMemoryIncidents();
  }
}
