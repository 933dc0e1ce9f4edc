package io.cattleguard.respond;

/** The exact object that an action is about, as it was seen before. */
public sealed interface Subject permits Pod, Instance, IngressRule {
  /** What the ledger knows it by; no other object ever has the same. */
  String uid();

  /** The exact object, in words. */
  String inWords();

  /** What shares a budget and is shown to people. */
  String workload();

  /** What shares a wider budget: a namespace, a VPC, a security group. */
  String neighbourhood();
}
