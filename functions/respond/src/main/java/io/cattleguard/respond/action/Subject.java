package io.cattleguard.respond.action;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** The exact object that an action is about, as it was seen before. */
public interface Subject {
  /** What the ledger knows it by; no other object ever has the same. */
  String uid();

  /** The exact object, in words. */
  String inWords();

  /** What shares a budget and is shown to people. */
  String workload();

  /** What shares a wider budget: a namespace, a VPC, a security group. */
  String neighbourhood();

  /** All that its action needs to verify and to undo, for the ledger; the action reads it back. */
  ObjectNode toJson();
}
