package io.cattleguard.respond.handler;

import io.cattleguard.respond.Responder;
import java.util.List;
import java.util.Optional;

/** The responders of one Lambda function. */
public interface Crew {
  /** The responder for alerts of that cluster, or of an account. */
  Responder of(Optional<String> cluster);

  /** All responders. */
  List<Responder> all();

  /** A crew of one responder. */
  static Crew of(Responder only) {
    return new Crew() {
      @Override
      public Responder of(Optional<String> cluster) {
        return only;
      }

      @Override
      public List<Responder> all() {
        return List.of(only);
      }
    };
  }
}
