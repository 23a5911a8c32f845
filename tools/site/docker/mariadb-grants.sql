-- Run once by the MariaDB image: the user of the services owns all databases of the prefix.
GRANT ALL PRIVILEGES ON `myems\_%`.* TO 'ems'@'%';
