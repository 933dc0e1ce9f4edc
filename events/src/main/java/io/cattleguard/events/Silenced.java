package io.cattleguard.events;

/**
 * What hides an alert from people. Machines such as a SIEM still receive the alert.
 *
 * @param by what hides it: {@code silence 1f2e3d4c}, {@code suppression backup-reads-shadow}
 * @param reason why, in a person's words
 * @param responders whether it hides the alert from responders too
 */
public record Silenced(String by, String reason, boolean responders) {}
