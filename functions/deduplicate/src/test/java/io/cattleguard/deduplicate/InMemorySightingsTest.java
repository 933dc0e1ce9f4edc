package io.cattleguard.deduplicate;

final class InMemorySightingsTest extends SightingsContract {
  @Override
  Sightings sightings() {
    return new InMemorySightings();
  }
}
