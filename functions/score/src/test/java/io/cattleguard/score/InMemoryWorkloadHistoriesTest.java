package io.cattleguard.score;

final class InMemoryWorkloadHistoriesTest extends WorkloadHistoriesContract {
  @Override
  WorkloadHistories histories() {
    return new InMemoryWorkloadHistories();
  }

  @Override
  WorkloadHistories elsewhere(WorkloadHistories histories) {
    return histories;
  }
}
