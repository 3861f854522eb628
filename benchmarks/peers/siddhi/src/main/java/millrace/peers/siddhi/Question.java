package millrace.peers.siddhi;

import millrace.peers.Outputs;

/**
 * What is asked of Siddhi, about events of the stream S; outputs are those of the stream Out.
 *
 * @param text queries of SiddhiQL
 */
record Question(String text, Reader reader) {
  /** Adds one row up: the values in the order in which they were selected. */
  interface Reader {
    void read(Object[] row, Outputs outputs);
  }
}
