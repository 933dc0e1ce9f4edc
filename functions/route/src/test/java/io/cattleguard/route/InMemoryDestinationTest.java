package io.cattleguard.route;

import java.time.Duration;

final class InMemoryDestinationTest extends DestinationContract {
  private final InMemoryDestination destination = new InMemoryDestination();

  @Override
  public Destination working() {
    return destination;
  }

  @Override
  public Destination busy() {
    return answering(new Outcome.TryAgain(Duration.ofSeconds(30), "busy"));
  }

  @Override
  public Destination refusing() {
    return answering(new Outcome.Rejected("never"));
  }

  @Override
  public Destination notConfigured() {
    return answering(new Outcome.Skipped("not configured: X is not set"));
  }

  @Override
  public int told() {
    return destination.delivered().size();
  }

  private Destination answering(Outcome outcome) {
    destination.answerWith(outcome);
    return destination;
  }
}
