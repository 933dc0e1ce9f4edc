package io.cattleguard.record;

/** The store of the records of incidents. */
public interface Incidents extends RecordedIncidents {
  /**
   * Merges an event into the record of its incident, and creates the record if necessary. Merging
   * it again changes nothing.
   */
  void merge(IncidentRecord addition);
}
