"""`ioc watch`: a small process on another machine that sends a beat through the whole loop and calls for help itself."""
