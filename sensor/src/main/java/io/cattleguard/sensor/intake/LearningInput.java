package io.cattleguard.sensor.intake;

/**
 * Receives events to learn from, alerts and others. It never waits and never fails, because alerts
 * take precedence.
 */
public interface LearningInput {
  /** Ignores everything. */
  LearningInput NONE =
      new LearningInput() {
        @Override
        public void offer(byte[] line) {
          // Nothing is learnt.
        }

        @Override
        public void offer(String event) {
          // Nothing is learnt.
        }
      };

  /**
   * Offers an event of a followed file.
   *
   * @param line in UTF-8; never changed afterwards
   */
  void offer(byte[] line);

  /** Offers an event. */
  void offer(String event);
}
