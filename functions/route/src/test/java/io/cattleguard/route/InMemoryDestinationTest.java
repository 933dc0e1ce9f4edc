package io.cattleguard.route;

import java.time.Duration;

final class InMemoryDestinationTest extends DestinationContract {
  private final InMemoryDestination destination = new InMemoryDestination();

  @Override
  protected Destination working() {
    return destination;
  }

  @Override
  protected Destination busy() {
    return answering(new Outcome.TryAgain(Duration.ofSeconds(30), "busy"));
  }

  @Override
  protected Destination refusing() {
    return answering(new Outcome.Blocked("never"));
  }

  @Override
  protected Destination notConfigured() {
    return answering(new Outcome.NotConfigured("not configured: X is not set"));
  }

  @Override
  protected int told() {
    return destination.delivered().size();
  }

  private Destination answering(Outcome outcome) {
    destination.answerWith(outcome);
    return destination;
  }
}
