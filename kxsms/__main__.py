"""`python -m kxsms`."""

from kxsms.main import main

raise SystemExit(main())
