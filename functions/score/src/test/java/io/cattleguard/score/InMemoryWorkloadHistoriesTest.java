package io.cattleguard.score;

final class InMemoryWorkloadHistoriesTest extends WorkloadHistoriesContract {
  @Override
  protected WorkloadHistories histories() {
    return new InMemoryWorkloadHistories();
  }

  @Override
  protected WorkloadHistories elsewhere(WorkloadHistories histories) {
    return histories;
  }
}
