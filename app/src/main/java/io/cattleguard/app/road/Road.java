package io.cattleguard.app.road;

import java.util.List;

/** Receives events that an input has stored on disk. */
public interface Road {

  /**
   * Takes over events. After it returns, the events are stored and the input may delete them. If it
   * throws, the input must hand in all of them again; copies have no effect.
   */
  void take(List<ReceivedEvent> events);
}
