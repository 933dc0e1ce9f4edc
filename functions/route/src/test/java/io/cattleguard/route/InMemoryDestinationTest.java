package io.cattleguard.route;

import java.time.Duration;

final class InMemoryDestinationTest extends DestinationContract {
  private final InMemoryDestination destination = new InMemoryDestination();

  @Override
  Destination working() {
    return destination;
  }

  @Override
  Destination busy() {
    return answering(new Outcome.TryAgain(Duration.ofSeconds(30), "busy"));
  }

  @Override
  Destination refusing() {
    return answering(new Outcome.Rejected("never"));
  }

  @Override
  Destination notConfigured() {
    return answering(new Outcome.Skipped("not configured: X is not set"));
  }

  @Override
  int told() {
    return destination.delivered().size();
  }

  private Destination answering(Outcome outcome) {
    destination.answerWith(outcome);
    return destination;
  }
}
