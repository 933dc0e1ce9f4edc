package io.cattleguard.respond.handler;

import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.Responder;
import java.util.List;

/** The responders of one Lambda function. */
public interface Crew {
  /** The responder for that alert. */
  Responder of(ScoredAlert scored);

  /** All responders. */
  List<Responder> all();

  /** A crew of one responder. */
  static Crew of(Responder only) {
    return new Crew() {
      @Override
      public Responder of(ScoredAlert scored) {
        return only;
      }

      @Override
      public List<Responder> all() {
        return List.of(only);
      }
    };
  }
}
