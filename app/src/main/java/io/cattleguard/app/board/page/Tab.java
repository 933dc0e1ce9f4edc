package io.cattleguard.app.board.page;

/** The pages in the navigation. */
public enum Tab {
  OVERVIEW("Overview", "/"),
  INCIDENTS("Incidents", "/incidents"),
  CONTAINMENTS("Containments", "/containments"),
  SILENCES("Silences", "/silences"),
  PLAYBOOKS("Playbooks", "/playbooks"),
  SENSORS("Sensors", "/sensors");

  private final String text;
  private final String href;

  Tab(String text, String href) {
    this.text = text;
    this.href = href;
  }

  /** The text of the link. */
  public String text() {
    return text;
  }

  /** The address. */
  public String href() {
    return href;
  }
}
