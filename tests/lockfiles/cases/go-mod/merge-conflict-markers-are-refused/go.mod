module m
<<<<<<< HEAD
=======
>>>>>>> topic
