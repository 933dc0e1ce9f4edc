package io.cattleguard.respond.handler;

import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.Responder;
import java.util.List;

/** The responders of one function. */
public interface Crew {
  /** The one that answers that alert. */
  Responder of(ScoredAlert scored);

  /** Each of them. */
  List<Responder> all();

  /** One alone. */
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
